/* SPDX-License-Identifier: Apache-2.0 */
/* What trials of capabilities say: made-up ones, and those of this process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capability/capability.h"
#include "survey/probe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

struct bench {
	struct capability_survey survey;
	struct redprobe probe;
	struct redprobe_finding finding;
};

/* All is well: 41 capabilities, all of them permitted and in the bounding set. */
static int make_bench(void **state)
{
	struct bench *bench = calloc(1, sizeof *bench);

	assert_non_null(bench);
	bench->probe.capabilities = &bench->survey;
	for (int i = 0; i < CAPABILITY_BITS; i++)
		bench->survey.bounding[i] = i < CAPABILITIES ? 1 : -EINVAL;
	for (int i = 0; i < CAPABILITIES; i++)
		bench->survey.here.trials[i] = bench->survey.user.trials[i] =
			(struct capability_trial){.permitted = true,
						  .errors[CHANGE_REGAINED] = EPERM};
	bench->survey.here.next = bench->survey.user.next = FACETS;
	strcpy(bench->survey.last, "40");
	*state = bench;
	return 0;
}

static int free_bench(void **state)
{
	free(*state);
	return 0;
}

static const struct redprobe_finding *find(struct bench *bench, cap_value_t value)
{
	memset(&bench->finding, 0, sizeof bench->finding);
	capability_find(&bench->probe, &value, &bench->finding);
	return &bench->finding;
}

static void all_facets_are_told(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(find(bench, CAP_NET_RAW)->status, REDPROBE_SUPPORTED);
	assert_string_equal(bench->finding.detail,
			    "number 13, in the bounding set: lowered, raised, dropped: ok, raised "
			    "again: EPERM; ambient: ok; dropped from the bounding set: ok");
	bench->survey.here.trials[CAP_NET_RAW].errors[CHANGE_AMBIENT] = EINVAL;
	bench->survey.here.fates[FACET_BOUNDING] = (struct child_fate){CHILD_KILLED, SIGSYS};
	assert_int_equal(find(bench, CAP_NET_RAW)->status, REDPROBE_SUPPORTED);
	assert_non_null(strstr(bench->finding.detail, "ambient: EINVAL; dropped from the bounding "
						      "set: not answered"));
}

static void one_that_is_regained_is_not_believed(void **state)
{
	struct bench *bench = *state;

	bench->survey.here.trials[CAP_KILL].errors[CHANGE_REGAINED] = 0;
	assert_int_equal(find(bench, CAP_KILL)->status, REDPROBE_UNKNOWN);
	bench->survey.here.trials[CAP_KILL] = (struct capability_trial){
		.permitted = true, .errors[CHANGE_LOWERED] = EIO, .errors[CHANGE_REGAINED] = EPERM};
	assert_int_equal(find(bench, CAP_KILL)->status, REDPROBE_UNKNOWN);
	assert_int_equal(find(bench, CAP_FOWNER)->status, REDPROBE_SUPPORTED);
}

static void what_the_kernel_does_not_know_is_unsupported(void **state)
{
	struct bench *bench = *state;

	bench->survey.bounding[CAP_BPF] = -EINVAL;
	bench->survey.here.trials[CAP_BPF].permitted = false;
	assert_int_equal(find(bench, CAP_BPF)->status, REDPROBE_UNSUPPORTED);
}

static void what_is_out_of_the_bounding_set_is_restricted(void **state)
{
	struct bench *bench = *state;

	bench->survey.bounding[CAP_BPF] = 0;
	assert_int_equal(find(bench, CAP_BPF)->status, REDPROBE_SUPPORTED);
	assert_non_null(strstr(bench->finding.detail, "not in the bounding set"));
	bench->survey.here.trials[CAP_BPF].permitted = false;
	assert_int_equal(find(bench, CAP_BPF)->status, REDPROBE_RESTRICTED);
	assert_string_equal(bench->finding.forbidden_by, "bounding set");
}

static void what_is_missing_is_gained_in_a_user_namespace(void **state)
{
	struct bench *bench = *state;

	bench->survey.here.trials[CAP_BPF].permitted = false;
	assert_int_equal(find(bench, CAP_BPF)->status, REDPROBE_SUPPORTED);
	assert_non_null(strstr(bench->finding.detail, "in a user namespace of its own"));
	bench->survey.user.entered = EINVAL;
	assert_int_equal(find(bench, CAP_BPF)->status, REDPROBE_RESTRICTED);
	assert_string_equal(bench->finding.forbidden_by, "missing privilege, and EINVAL");
	bench->survey.user.fates[FACET_SETS] = (struct child_fate){CHILD_KILLED, SIGSYS};
	assert_int_equal(find(bench, CAP_BPF)->status, REDPROBE_RESTRICTED);
	assert_string_equal(bench->finding.forbidden_by, "a seccomp filter (SIGSYS)");
}

static const struct redprobe_finding *ask(struct bench *bench, redprobe_function *function)
{
	memset(&bench->finding, 0, sizeof bench->finding);
	function(&bench->probe, NULL, &bench->finding);
	return &bench->finding;
}

static void the_last_one_has_two_sources(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(ask(bench, capability_find_last)->status, REDPROBE_SUPPORTED);
	assert_true(bench->finding.numbered);
	assert_int_equal(bench->finding.number, 40);
	assert_null(strstr(bench->finding.detail, "new"));
	strcpy(bench->survey.last, "39");
	assert_int_equal(ask(bench, capability_find_last)->status, REDPROBE_UNKNOWN);
	bench->survey.last[0] = '\0';
	assert_int_equal(ask(bench, capability_find_last)->status, REDPROBE_SUPPORTED);
}

static void new_ones_are_named(void **state)
{
	struct bench *bench = *state;

	bench->survey.bounding[41] = 1;
	bench->survey.bounding[42] = 0;
	strcpy(bench->survey.last, "42");
	assert_int_equal(ask(bench, capability_find_last)->status, REDPROBE_SUPPORTED);
	assert_int_equal(bench->finding.number, 42);
	assert_non_null(strstr(bench->finding.detail, "; new to redprobe: 41 42"));
	for (int i = CAPABILITIES; i < CAPABILITY_BITS; i++)
		bench->survey.bounding[i] = 1;
	strcpy(bench->survey.last, "63");
	assert_int_equal(ask(bench, capability_find_last)->number, 63);
	assert_non_null(strstr(bench->finding.detail, " 63"));
}

static void a_facet_needs_one_that_works(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(ask(bench, capability_find_bounding)->number, 41);
	assert_non_null(strstr(bench->finding.detail, "ok, for 41"));
	for (int i = 0; i < CAPABILITIES; i++) {
		bench->survey.here.trials[i].errors[CHANGE_UNBOUND] = EPERM;
		bench->survey.user.trials[i].errors[CHANGE_UNBOUND] = EIO;
		bench->survey.here.trials[i].errors[CHANGE_AMBIENT] = EINVAL;
	}
	assert_int_equal(ask(bench, capability_find_bounding)->status, REDPROBE_UNKNOWN);
	assert_int_equal(ask(bench, capability_find_ambient)->status, REDPROBE_UNSUPPORTED);
}

/* Of this process, whatever it has: the kernel knows all 41, and the children change only them. */
static void asking_changes_nothing_here(void **state)
{
	cap_t before = cap_get_proc(), after;
	struct redprobe_finding finding;
	struct redprobe probe = {.survey = NULL};

	(void)state;
	for (cap_value_t i = 0; i < CAPABILITIES; i++) {
		memset(&finding, 0, sizeof finding);
		capability_find(&probe, &i, &finding);
		assert_int_not_equal(finding.status, REDPROBE_UNSUPPORTED);
		assert_int_equal(cap_get_ambient(i), 0);
	}
	after = cap_get_proc();
	assert_int_equal(cap_compare(before, after), 0);
	cap_free(before);
	cap_free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_facets_are_told, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(one_that_is_regained_is_not_believed, make_bench,
						free_bench),
		cmocka_unit_test_setup_teardown(what_the_kernel_does_not_know_is_unsupported,
						make_bench, free_bench),
		cmocka_unit_test_setup_teardown(what_is_out_of_the_bounding_set_is_restricted,
						make_bench, free_bench),
		cmocka_unit_test_setup_teardown(what_is_missing_is_gained_in_a_user_namespace,
						make_bench, free_bench),
		cmocka_unit_test_setup_teardown(the_last_one_has_two_sources, make_bench,
						free_bench),
		cmocka_unit_test_setup_teardown(new_ones_are_named, make_bench, free_bench),
		cmocka_unit_test_setup_teardown(a_facet_needs_one_that_works, make_bench,
						free_bench),
		cmocka_unit_test(asking_changes_nothing_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
