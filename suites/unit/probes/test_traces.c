/* SPDX-License-Identifier: Apache-2.0 */
/* How things of the running kernel are looked up: what is there, what is not, what only looks so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/symbol.h"
#include "base/sysctl.h"
#include "module/module.h"
#include "security/ordinary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum presence trace(enum trace kind, const char *name)
{
	const struct module module = {name, kind, name};
	const char *where = NULL;
	enum presence presence = module_trace(&module, true, &where);

	assert_non_null(where);
	return presence;
}

static void file_systems_are_whole_words(void **state)
{
	(void)state;
	assert_int_equal(trace(TRACE_FILE_SYSTEM, "proc"), PRESENCE_THERE);
	assert_int_equal(trace(TRACE_FILE_SYSTEM, "tmpfs"), PRESENCE_THERE);
	assert_int_equal(trace(TRACE_FILE_SYSTEM, "roc"), PRESENCE_ABSENT);
	assert_int_equal(trace(TRACE_FILE_SYSTEM, "tmpf"), PRESENCE_ABSENT);
	assert_int_equal(trace(TRACE_FILE_SYSTEM, "nodev"), PRESENCE_ABSENT);
}

static void devices_are_whole_words(void **state)
{
	(void)state;
	assert_int_equal(trace(TRACE_DEVICE, "mem"), PRESENCE_THERE);
	assert_int_equal(trace(TRACE_DEVICE, "em"), PRESENCE_ABSENT);
}

/* No kernel has the first; whether it has the others, the module's own tests tell. */
static void kinds_of_devices_that_do_not_exist_are_absent(void **state)
{
	(void)state;
	assert_int_equal(trace(TRACE_LINK, "no-such-kind"), PRESENCE_ABSENT);
	assert_int_not_equal(trace(TRACE_LINK, "veth"), PRESENCE_UNSEEN);
}

static void what_could_load_a_module_is_not_asked(void **state)
{
	(void)state;
	assert_int_equal(trace(TRACE_NETFILTER, NULL), PRESENCE_UNSEEN);
}

static void functions_of_the_kernel(void **state)
{
	struct symbols symbols = {.looked = false};
	enum symbol there = symbol_look(&symbols, "kernel_clone");

	(void)state;
	if (there == SYMBOL_UNSEEN) {
		assert_int_equal(symbol_look(&symbols, "no_such_function"), SYMBOL_UNSEEN);
		return;
	}
	assert_int_equal(there, SYMBOL_BUILT_IN);
	assert_int_equal(symbol_look(&symbols, "kernel_clon"), SYMBOL_ABSENT);
	assert_int_equal(symbol_look(&symbols, "ernel_clone"), SYMBOL_ABSENT);
}

static void sysctls(void **state)
{
	long long value = 0;

	(void)state;
	assert_int_equal(sysctl_read("kernel.pid_max", &value), 0);
	assert_true(value > 1);
	assert_int_equal(sysctl_read("kernel.no_such_sysctl", &value), -ENOENT);
	assert_int_equal(sysctl_read("kernel.ostype", &value), -EINVAL);
}

static void words(void **state)
{
	(void)state;
	assert_true(has_word("cpu memory", "memory"));
	assert_true(has_word("cpu,memory\n", "memory"));
	assert_true(has_word("nodev\tproc\n", "proc"));
	assert_false(has_word("cpuset memory", "cpu"));
	assert_false(has_word("", "cpu"));
}

static void what_an_ordinary_process_was_told(void **state)
{
	char text[128];

	(void)state;
	ordinary_say(ORDINARY_BPF, EPERM, text, sizeof text);
	assert_string_equal(text, "; bpf(BPF_MAP_CREATE) as an ordinary process: EPERM");
	ordinary_say(ORDINARY_KALLSYMS, EPERM, text, sizeof text);
	assert_string_equal(text, "; addresses in /proc/kallsyms as an ordinary process: hidden");
	ordinary_say(ORDINARY_KALLSYMS, ORDINARY_ALLOWED, text, sizeof text);
	assert_string_equal(text, "; addresses in /proc/kallsyms as an ordinary process: shown");
	ordinary_say(ORDINARY_BPF, ORDINARY_UNTRIED, text, sizeof text);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_systems_are_whole_words),
		cmocka_unit_test(devices_are_whole_words),
		cmocka_unit_test(kinds_of_devices_that_do_not_exist_are_absent),
		cmocka_unit_test(what_could_load_a_module_is_not_asked),
		cmocka_unit_test(functions_of_the_kernel),
		cmocka_unit_test(sysctls),
		cmocka_unit_test(words),
		cmocka_unit_test(what_an_ordinary_process_was_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
