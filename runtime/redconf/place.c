/* SPDX-License-Identifier: Apache-2.0 */
#include "redconf/place.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/path.h"
#include "load/trust.h"

/* Names what is not there: @rest, which begins at the first directory that is missing. */
static int set_missing(struct place *place, const char *rest, struct redpak_error *error)
{
	const char *below = pool_format(place->pool, "/%s/", rest);
	const char *base = strcmp(place->base_path, "/") != 0 ? place->base_path : "";

	if (!below)
		return out_of_memory(error);
	if (strstr(below, "/../"))
		return fail(error, -ENOENT,
			    "cannot create %s%s: '..' in a directory that is not there; name it "
			    "without",
			    base, below);
	below = path_normalise(place->pool, below);
	if (!below)
		return out_of_memory(error);
	place->missing = below + 1;
	place->path =
		*place->missing ? pool_format(place->pool, "%s%s", base, below) : place->base_path;
	return place->path ? 0 : out_of_memory(error);
}

/* 1 when @name was there, and the place goes on from it; 0 when it is missing. */
static int step(struct place *place, const char *name, struct redpak_error *error)
{
	struct stat status;
	const char *path;
	int next = trust_open_below(place->pool, place->base, place->base_path, name, &path, error);

	if (next == -ENOENT) {
		if (fstatat(place->base, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
			return errno == ENOENT ? 0 : next;
		return fail(error, -ENOENT, "cannot follow the link %s in %s: it leads nowhere",
			    name, place->base_path);
	}
	if (next < 0)
		return next;
	close(place->base);
	place->base = next;
	place->base_path = path;
	return 1;
}

/* Goes down @path from the base, as far as there is something. */
static int find_from_base(struct place *place, const char *path, struct redpak_error *error)
{
	const char *rest = path + strspn(path, "/");
	int there = 1;

	while (*rest) {
		size_t length = strcspn(rest, "/");
		const char *name = pool_copy(place->pool, rest, length);

		if (!name)
			return out_of_memory(error);
		there = step(place, name, error);
		if (there <= 0)
			break;
		rest += length;
		rest += strspn(rest, "/");
	}
	return there < 0 ? there : set_missing(place, rest, error);
}

int place_find(struct pool *pool, const char *path, struct place *place, struct redpak_error *error)
{
	*place = PLACE_NONE;
	place->pool = pool;
	if (!*path)
		return fail(error, -ENOENT, "cannot create a node at '': give a directory");
	place->base =
		trust_open_directory(pool, *path == '/' ? "/" : ".", &place->base_path, error);
	return place->base < 0 ? place->base : find_from_base(place, path, error);
}

int place_find_below(const struct place *above, const char *name, struct place *place,
		     struct redpak_error *error)
{
	*place = PLACE_NONE;
	place->pool = above->pool;
	place->base_path = above->path;
	place->base = fcntl(above->directory, F_DUPFD_CLOEXEC, 0);
	if (place->base < 0)
		return fail_errno(error, -errno, "cannot open %s", above->path);
	return find_from_base(place, name, error);
}

int place_make(struct place *place, struct redpak_error *error)
{
	size_t length = strlen(place->missing), end = 0;

	while (end < length) {
		char *name;

		end += place->missing[end] == '/';
		end += strcspn(place->missing + end, "/");
		name = pool_copy(place->pool, place->missing, end);
		if (!name)
			return out_of_memory(error);
		if (mkdirat(place->base, name, 0755) < 0)
			return fail_errno(error, -errno, "cannot make the directory %s in %s", name,
					  place->base_path);
		place->made = end;
	}
	place->directory = trust_open_below(place->pool, place->base, place->base_path,
					    place->missing, &place->path, error);
	return place->directory < 0 ? place->directory : 0;
}

void place_remove(const struct place *place)
{
	size_t end = place->made;

	while (end) {
		char *name = pool_copy(place->pool, place->missing, end);
		const char *slash = name ? strrchr(name, '/') : NULL;

		/* Another has put something into it: it is theirs now. */
		if ((!name || unlinkat(place->base, name, AT_REMOVEDIR) < 0) && errno != ENOTEMPTY)
			warn("cannot remove %s from %s, which was made in vain",
			     name ? name : "a directory", place->base_path);
		end = slash ? (size_t)(slash - name) : 0;
	}
}

void place_end(struct place *place)
{
	auto_close(&place->base);
	auto_close(&place->directory);
}
