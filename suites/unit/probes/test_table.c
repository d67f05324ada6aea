/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of features: each id once, and all that the requirements name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cgroup/cgroup.h"
#include "survey/probe.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const namespaces[] = {"cgroup", "ipc",  "mnt",  "net",
					 "pid",	   "time", "user", "uts"};

static const char *const items[] = {
	"cpuset.cpus", "cpuset.mems",	  "cpuset.cpus.partition",
	"cpu.weight",  "cpu.max",	  "io.max",
	"io.weight",   "memory.min",	  "memory.max",
	"memory.high", "memory.swap.max", "memory.swap.high",
};

static const char *const capabilities[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

static const struct redprobe_feature *row(size_t number)
{
	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++) {
		if (number < (*area)->count)
			return &(*area)->features[number];
		number -= (*area)->count;
	}
	return NULL;
}

static size_t count_of(const char *prefix)
{
	size_t count = 0;

	for (size_t i = 0; row(i); i++)
		count += strncmp(row(i)->id, prefix, strlen(prefix)) == 0;
	return count;
}

static void assert_all(const char *prefix, const char *const *names, size_t count)
{
	char id[64];

	for (size_t i = 0; i < count; i++) {
		snprintf(id, sizeof id, "%s%s", prefix, names[i]);
		if (!redprobe_find(id, NULL))
			fail_msg("no feature %s", id);
	}
}

static void every_id_is_there_once(void **state)
{
	(void)state;
	for (size_t i = 0; row(i); i++)
		assert_ptr_equal(redprobe_find(row(i)->id, NULL), row(i));
}

static void ids_begin_with_the_area(void **state)
{
	(void)state;
	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++)
		for (size_t i = 0; i < (*area)->count; i++) {
			const char *id = (*area)->features[i].id;
			size_t length = strlen((*area)->name);

			assert_int_equal(strncmp(id, (*area)->name, length), 0);
			assert_int_equal(id[length], '.');
			for (; *id; id++)
				assert_true(islower(*id) || isdigit(*id) || *id == '.' ||
					    *id == '_');
		}
}

static void meanings_are_one_line(void **state)
{
	(void)state;
	for (size_t i = 0; row(i); i++) {
		assert_true(strlen(row(i)->meaning) > 0);
		assert_null(strchr(row(i)->meaning, '\n'));
		assert_non_null(row(i)->function);
	}
}

static void assert_text(const struct redprobe_feature *feature, const char *what, const char *text)
{
	if (!text || !*text || strchr(text, '\n') || strstr(text, "  "))
		fail_msg("%s: %s", feature->id, what);
}

/* "5.6", "" for what is older than 3.0, or "none". */
static bool is_release(const char *text)
{
	size_t major = strspn(text, "0123456789"), minor;

	if (!*text || strcmp(text, "none") == 0)
		return true;
	if (!major || text[major] != '.')
		return false;
	minor = strspn(text + major + 1, "0123456789");
	return minor && !text[major + 1 + minor];
}

/* All that --explain says. */
static void texts_are_complete(void **state)
{
	(void)state;
	for (const struct redprobe_area *const *area = redprobe_areas; *area; area++)
		for (size_t i = 0; i < (*area)->count; i++) {
			const struct redprobe_feature *feature = &(*area)->features[i];

			assert_text(feature, "meaning", feature->meaning);
			if (strlen(feature->meaning) > 60)
				fail_msg("%s: a long meaning", feature->id);
			assert_text(feature, "why", feature->why);
			assert_text(feature, "how", feature->how ? feature->how : (*area)->how);
			assert_text(feature, "get", feature->get ? feature->get : (*area)->get);
			if (!feature->since || !is_release(feature->since))
				fail_msg("%s: since", feature->id);
			if (feature->option && strncmp(feature->option, "CONFIG_", 7) != 0)
				fail_msg("%s: option", feature->id);
		}
}

static void the_eight_namespaces(void **state)
{
	static const char *const aspects[] = {"", ".join", ".unprivileged", ".limit"};
	char id[64];

	(void)state;
	for (size_t i = 0; i < COUNT(namespaces) * COUNT(aspects); i++) {
		snprintf(id, sizeof id, "namespace.%s%s", namespaces[i / COUNT(aspects)],
			 aspects[i % COUNT(aspects)]);
		if (!redprobe_find(id, NULL))
			fail_msg("no feature %s", id);
	}
	assert_int_equal(COUNT(namespaces), 8);
}

static void the_twelve_items(void **state)
{
	(void)state;
	assert_int_equal(COUNT(items), 12);
	assert_all("cgroup.item.", items, COUNT(items));
	assert_int_equal(count_of("cgroup.item."), 12 + 6);
}

/* A row of the features must lead to the item whose name it bears. */
static void items_lead_to_their_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < CGROUP_ITEMS; i++) {
		char id[64];

		snprintf(id, sizeof id, "cgroup.item.%s", cgroup_items[i].file);
		assert_non_null(redprobe_find(id, NULL));
		assert_ptr_equal(redprobe_find(id, NULL)->argument, &cgroup_items[i]);
	}
}

static void the_41_capabilities(void **state)
{
	(void)state;
	assert_int_equal(COUNT(capabilities), 41);
	assert_all("capability.cap_", capabilities, COUNT(capabilities));
	assert_int_equal(count_of("capability.cap_"), 41);
}

/* The requirement lists them in the order of their numbers. */
static void capabilities_have_their_numbers(void **state)
{
	char id[64];

	(void)state;
	for (size_t i = 0; i < COUNT(capabilities); i++) {
		snprintf(id, sizeof id, "capability.cap_%s", capabilities[i]);
		assert_int_equal(*(const int *)redprobe_find(id, NULL)->argument, i);
	}
}

static void unknown_ids_are_not_found(void **state)
{
	(void)state;
	assert_null(redprobe_find("namespace", NULL));
	assert_null(redprobe_find("namespace.tim", NULL));
	assert_null(redprobe_find("", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_id_is_there_once),
		cmocka_unit_test(ids_begin_with_the_area),
		cmocka_unit_test(meanings_are_one_line),
		cmocka_unit_test(texts_are_complete),
		cmocka_unit_test(the_eight_namespaces),
		cmocka_unit_test(the_twelve_items),
		cmocka_unit_test(items_lead_to_their_files),
		cmocka_unit_test(the_41_capabilities),
		cmocka_unit_test(capabilities_have_their_numbers),
		cmocka_unit_test(unknown_ids_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
