/* SPDX-License-Identifier: Apache-2.0 */
#include "redconf/template.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "load/trust.h"

static const char *template_directory(const char *templates)
{
	const char *variable = secure_getenv("REDNODE_TEMPLATE_DIR");

	if (templates)
		return templates;
	return variable && *variable ? variable : REDPAK_TEMPLATE_DIR;
}

static int open_directory(struct pool *pool, const char *path, const char **canonical,
			  struct redpak_error *error)
{
	int directory = trust_open_directory(pool, path, canonical, error);

	if (directory == -ENOENT)
		return fail(error, -ENOENT,
			    "cannot open the template directory %s: it is not there; name another "
			    "with --templates",
			    path);
	return directory;
}

/* Opens the file @name of such a directory; -ENOENT without a message. A directory is none. */
static int open_file(struct pool *pool, int directory, const char *path, const char *name,
		     const char **shown, struct redpak_error *error)
{
	struct stat status;

	*shown = pool_format(pool, "%s/%s", path, name);
	if (fstatat(directory, name, &status, 0) == 0 && S_ISDIR(status.st_mode))
		return -ENOENT;
	return *shown ? trust_open_file(directory, path, name, error) : out_of_memory(error);
}

static int open_path(struct pool *pool, const char *path, const char **shown,
		     struct redpak_error *error)
{
	const char *name = strrchr(path, '/') + 1;
	const char *above = pool_copy(pool, path, (size_t)(name - path)), *canonical;
	AUTO_CLOSE int directory = -1;
	int fd;

	if (!above)
		return out_of_memory(error);
	directory = open_directory(pool, above, &canonical, error);
	if (directory < 0)
		return directory;
	fd = open_file(pool, directory, canonical, name, shown, error);
	return fd == -ENOENT
		       ? fail(error, fd, "cannot read the template %s: there is no such file", path)
		       : fd;
}

static int open_name(struct pool *pool, const char *templates, const char *name, const char *ending,
		     const char **shown, struct redpak_error *error)
{
	const char *const endings[] = {"", ".yaml", ending};
	const char *canonical;
	AUTO_CLOSE int directory =
		open_directory(pool, template_directory(templates), &canonical, error);
	int fd = -ENOENT;

	if (directory < 0)
		return directory;
	for (size_t i = 0; i < FIELD_COUNT(endings) && fd == -ENOENT; i++) {
		const char *file = pool_format(pool, "%s%s", name, endings[i]);

		if (!file)
			return out_of_memory(error);
		fd = open_file(pool, directory, canonical, file, shown, error);
	}
	if (fd == -ENOENT)
		return fail(error, fd,
			    "cannot find the template %s in %s: there is no %s, %s.yaml or %s%s",
			    name, canonical, name, name, name, ending);
	return fd;
}

int template_read(struct pool *pool, const char *templates, const char *name, const char *ending,
		  struct config *config, struct redpak_error *error)
{
	const struct value *root;
	const char *shown;
	AUTO_CLOSE int fd = strchr(name, '/')
				    ? open_path(pool, name, &shown, error)
				    : open_name(pool, templates, name, ending, &shown, error);
	int result = fd < 0 ? fd : document_read(pool, fd, shown, &root, error);

	return result < 0 ? result : config_read(pool, root, config, error);
}
