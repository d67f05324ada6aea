/* SPDX-License-Identifier: Apache-2.0 */
#include "merge/tag.h"

#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define CGROUPS_MOUNT "/sys/fs/cgroup"

/* With these the shell does something else than take them as a text. */
#define SHELL_CHARACTERS "$`\\\"';&|<>()\n"

/*
 * A predefined tag.
 * @append: appends its value.
 * @text: for @append: the value where the environment has none, a path below the node, a format.
 * @header: for @append: which struct setting of struct config.
 */
struct tag {
	const char *name;
	int (*append)(struct expanding *expanding, const struct tag *tag);
	const char *text;
	size_t header;
};

int expanding_append(struct expanding *expanding, const char *bytes, size_t length)
{
	struct expansion *expansion = expanding->expansion;

	if (length > EXPAND_TEXT_MAX - expanding->out.length)
		return fail_at(expansion->error, expanding->setting->origin,
			       "the text is longer than %d MiB when expanded; shorten it",
			       EXPAND_TEXT_MAX >> 20);
	if (length > EXPAND_TOTAL_MAX - expansion->total)
		return fail_at(
			expansion->error, expanding->setting->origin,
			"the expanded texts of the node are longer than %d MiB; shorten them",
			EXPAND_TOTAL_MAX >> 20);
	if (buffer_append(&expanding->out, bytes, length) < 0)
		return out_of_memory(expansion->error);
	expansion->total += length;
	return 0;
}

static int append_text(struct expanding *expanding, const char *text)
{
	return text ? expanding_append(expanding, text, strlen(text)) : 0;
}

/* The value of a variable whose name is no string of its own, or NULL. */
static const char *environment(const char *name, size_t length)
{
	for (char **entry = environ; entry && *entry; entry++)
		if (!strncmp(*entry, name, length) && (*entry)[length] == '=')
			return *entry + length + 1;
	return NULL;
}

/* @otherwise: the value, or NULL, where the environment has none. */
static int append_variable(struct expanding *expanding, const char *name, size_t length,
			   const char *otherwise)
{
	const char *value = environment(name, length);

	/* Only the file says what is run: a variable must not add to it. */
	if (value && expanding->in_command && strpbrk(value, SHELL_CHARACTERS))
		return fail_at(expanding->expansion->error, expanding->setting->origin,
			       "cannot use the variable '%.*s' in a command: its value holds a "
			       "character that the shell acts on; write '\\$%.*s' to let the shell "
			       "read it",
			       (int)length, name, (int)length, name);
	return append_text(expanding, value ? value : otherwise);
}

static int variable(struct expanding *expanding, const struct tag *tag)
{
	return append_variable(expanding, tag->name, strlen(tag->name), tag->text);
}

static int below_node(struct expanding *expanding, const struct tag *tag)
{
	int result = append_text(expanding, expanding->node->path);

	return result < 0 ? result : append_text(expanding, tag->text);
}

static int append_header(struct expanding *expanding, const struct node *node, size_t header)
{
	const char *config = (const char *)&node->config;

	return append_text(expanding, ((const struct setting *)(config + header))->text);
}

static int node_header(struct expanding *expanding, const struct tag *tag)
{
	return append_header(expanding, expanding->node, tag->header);
}

static int leaf_header(struct expanding *expanding, const struct tag *tag)
{
	return append_header(expanding, expanding->expansion->leaf, tag->header);
}

static int leaf_path(struct expanding *expanding, const struct tag *tag)
{
	(void)tag;
	return append_text(expanding, expanding->expansion->leaf->path);
}

/* Where the first cgroup2 is mounted, or the usual place. */
static const char *find_cgroups(struct pool *pool)
{
	const char *found = NULL;
	char text[8192];
	struct mntent entry;
	FILE *mounts = setmntent("/proc/self/mounts", "re");

	if (!mounts)
		return CGROUPS_MOUNT;
	while (!found && getmntent_r(mounts, &entry, text, sizeof(text)))
		if (!strcmp(entry.mnt_type, "cgroup2"))
			found = pool_copy(pool, entry.mnt_dir, strlen(entry.mnt_dir));
	endmntent(mounts);
	return found ? found : CGROUPS_MOUNT;
}

static int cgroups_mount(struct expanding *expanding, const struct tag *tag)
{
	struct expansion *expansion = expanding->expansion;

	if (!expansion->cgroups_mount)
		expansion->cgroups_mount = find_cgroups(expansion->pool);
	return append_variable(expanding, tag->name, strlen(tag->name), expansion->cgroups_mount);
}

static int append_number(struct expanding *expanding, unsigned int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	return append_text(expanding, text);
}

static int process_id(struct expanding *expanding, const struct tag *tag)
{
	(void)tag;
	return append_number(expanding, (unsigned int)getpid());
}

static int user_id(struct expanding *expanding, const struct tag *tag)
{
	(void)tag;
	return append_number(expanding, expanding->expansion->uid);
}

static int group_id(struct expanding *expanding, const struct tag *tag)
{
	(void)tag;
	return append_number(expanding, expanding->expansion->gid);
}

static int today(struct expanding *expanding, const struct tag *tag)
{
	char text[128] = "";
	time_t now = time(NULL);
	struct tm local;

	/* localtime_r() need not read TZ (ctime(3)). */
	tzset();
	if (localtime_r(&now, &local))
		(void)strftime(text, sizeof(text), tag->text, &local);
	return append_text(expanding, text);
}

/* Version 4, variant 1 (RFC 9562, 5.4). */
static int uuid(struct expanding *expanding, const struct tag *tag)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char bytes[16];
	char text[37], *end = text;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return fail_errno(expanding->expansion->error, -errno,
				  "cannot get random bytes for $%s", tag->name);
	bytes[6] = (bytes[6] & 0x0f) | 0x40;
	bytes[8] = (bytes[8] & 0x3f) | 0x80;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bool dash = i == 4 || i == 6 || i == 8 || i == 10;

		if (dash)
			*end++ = '-';
		*end++ = digits[bytes[i] >> 4];
		*end++ = digits[bytes[i] & 15];
	}
	*end = '\0';
	return append_text(expanding, text);
}

static const struct tag tags[] = {
	{"NODE_PREFIX", variable, "", 0},
	{"redpak_MAIN", variable, "", 0},
	{"redpak_MAIN_ADMIN", variable, "", 0},
	{"redpak_TMPL", variable, "", 0},
	{"USER", variable, "", 0},
	{"LOGNAME", variable, "Unknown", 0},
	{"HOSTNAME", variable, "localhost", 0},
	{"REDPESK_VERSION", variable, "agl-redpesk9", 0},
	{"CGROUPS_MOUNT_POINT", cgroups_mount, NULL, 0},
	{"REDNODE_CONF", below_node, "/etc/redpak.yaml", 0},
	{"REDNODE_ADMIN", below_node, "/etc/redpak-admin.yaml", 0},
	{"REDNODE_STATUS", below_node, "/.rednode.yaml", 0},
	{"REDNODE_VARDIR", below_node, "/var/rpm/lib", 0},
	{"REDNODE_REPODIR", below_node, "/etc/yum.repos.d", 0},
	{"REDNODE_LOCK", below_node, "/.rpm.lock", 0},
	{"NODE_PATH", below_node, "", 0},
	{"NODE_ALIAS", node_header, NULL, offsetof(struct config, alias)},
	{"NODE_NAME", node_header, NULL, offsetof(struct config, name)},
	{"NODE_INFO", node_header, NULL, offsetof(struct config, info)},
	{"LEAF_PATH", leaf_path, NULL, 0},
	{"LEAF_ALIAS", leaf_header, NULL, offsetof(struct config, alias)},
	{"LEAF_NAME", leaf_header, NULL, offsetof(struct config, name)},
	{"LEAF_INFO", leaf_header, NULL, offsetof(struct config, info)},
	{"PID", process_id, NULL, 0},
	{"UID", user_id, NULL, 0},
	{"GID", group_id, NULL, 0},
	{"TODAY", today, "%d-%b-%Y %H:%M (%Z)", 0},
	{"UUID", uuid, NULL, 0},
};

/* The predefined tag of this name, or NULL. */
static const struct tag *find_tag(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (!strncasecmp(tags[i].name, name, length) && !tags[i].name[length])
			return &tags[i];
	return NULL;
}

bool tag_reads_environment(const char *name, size_t length)
{
	const struct tag *tag = find_tag(name, length);

	return !tag || tag->append == variable || tag->append == cgroups_mount;
}

int tag_append(struct expanding *expanding, const char *name, size_t length)
{
	struct expansion *expansion = expanding->expansion;
	const struct tag *tag;

	if (++expansion->tags > EXPAND_TAGS_MAX)
		return fail_at(expansion->error, expanding->setting->origin,
			       "more than %d tags in the texts of a node", EXPAND_TAGS_MAX);
	tag = find_tag(name, length);
	return tag ? tag->append(expanding, tag) : append_variable(expanding, name, length, NULL);
}
