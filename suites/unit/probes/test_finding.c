/* SPDX-License-Identifier: Apache-2.0 */
/* What an errno says about a feature, and that every finding is complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/finding.h"
#include "survey/probe.h"

#include <errno.h>
#include <string.h>

static void assert_refused(int error, bool filtered, enum redprobe_status status)
{
	struct redprobe_finding finding = {.status = REDPROBE_SUPPORTED};

	finding_refused(&finding, error, filtered, "trying %s", "it");
	assert_int_equal(finding.status, status);
	assert_int_equal(finding.forbidden_by[0] != '\0', status == REDPROBE_RESTRICTED);
	assert_int_equal(finding.needs[0] != '\0', status == REDPROBE_UNKNOWN);
	assert_int_equal(strncmp(finding.detail, "trying it: E", 12), 0);
	assert_string_equal(finding.detail + 11, error_name(error));
}

static void an_errno_gives_a_status(void **state)
{
	static const struct {
		int error;
		enum redprobe_status status;
	} wanted[] = {
		{ENOSYS, REDPROBE_UNSUPPORTED}, {EINVAL, REDPROBE_UNSUPPORTED},
		{EPERM, REDPROBE_RESTRICTED},	{EACCES, REDPROBE_RESTRICTED},
		{EROFS, REDPROBE_RESTRICTED},	{ENOSPC, REDPROBE_RESTRICTED},
		{EUSERS, REDPROBE_RESTRICTED},	{ENOMEM, REDPROBE_UNKNOWN},
		{EMFILE, REDPROBE_UNKNOWN},	{EAGAIN, REDPROBE_UNKNOWN},
		{EXDEV, REDPROBE_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(wanted); i++)
		assert_refused(wanted[i].error, false, wanted[i].status);
}

/* Then ENOSYS may be the filter's answer, so it proves nothing about the kernel. */
static void a_filter_makes_enosys_unknown(void **state)
{
	(void)state;
	assert_refused(ENOSYS, true, REDPROBE_UNKNOWN);
	assert_refused(EPERM, true, REDPROBE_RESTRICTED);
	assert_refused(EINVAL, true, REDPROBE_UNSUPPORTED);
}

/* What only prepares for trying tells nothing of the feature, whatever the errno. */
static void what_prevents_trying_leaves_it_unknown(void **state)
{
	static const int errors[] = {ENOSYS, EINVAL, EPERM, EACCES, EROFS, EAGAIN, EMFILE, EXDEV};
	struct redprobe_finding finding = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		finding_prevented(&finding, errors[i], "making %s", "room");
		assert_int_equal(finding.status, REDPROBE_UNKNOWN);
		assert_string_not_equal(finding.needs, "");
		assert_string_equal(finding.detail + strlen("making room: "),
				    error_name(errors[i]));
	}
	finding_prevented(&finding, EMFILE, "opening it");
	assert_non_null(strstr(finding.needs, "RLIMIT_NOFILE"));
}

static void a_status_is_found_by_its_word_and_no_other(void **state)
{
	static const char *const none[] = {"", "Supported", "supporte", "supported ", "behaviour"};
	enum redprobe_status found = REDPROBE_UNKNOWN;

	(void)state;
	for (int status = 0; status <= REDPROBE_RESTRICTED; status++) {
		const char *word = redprobe_status_name((enum redprobe_status)status);

		assert_true(redprobe_find_status(word, &found));
		assert_int_equal(found, status);
	}
	for (size_t i = 0; i < COUNT(none); i++)
		assert_false(redprobe_find_status(none[i], &found));
}

static void a_later_finding_leaves_nothing_of_the_earlier(void **state)
{
	struct redprobe_finding finding = {.status = REDPROBE_UNKNOWN};

	(void)state;
	finding_restricted(&finding, "a sysctl", "first");
	finding_unknown(&finding, "a disk", "second");
	assert_string_equal(finding.forbidden_by, "");
	assert_string_equal(finding.needs, "a disk");
	finding_supported(&finding, "third");
	assert_string_equal(finding.needs, "");
	assert_string_equal(finding.detail, "third");
}

static void too_long_a_text_is_cut(void **state)
{
	struct redprobe_finding finding;
	char text[2 * sizeof finding.detail];

	(void)state;
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	finding_refused(&finding, EPERM, false, "%s", text);
	assert_int_equal(strlen(finding.detail), sizeof finding.detail - 1);
	finding_restricted(&finding, text, "cause");
	assert_int_equal(strlen(finding.forbidden_by), sizeof finding.forbidden_by - 1);
}

static void words_are_whole(void **state)
{
	(void)state;
	assert_true(has_word("cpuset cpu io", "cpu"));
	assert_true(has_word("cpuset cpu io", "io"));
	assert_true(has_word("cpu\n", "cpu"));
	assert_false(has_word("cpuset io", "cpu"));
	assert_false(has_word("", "cpu"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_errno_gives_a_status),
		cmocka_unit_test(a_filter_makes_enosys_unknown),
		cmocka_unit_test(what_prevents_trying_leaves_it_unknown),
		cmocka_unit_test(a_status_is_found_by_its_word_and_no_other),
		cmocka_unit_test(a_later_finding_leaves_nothing_of_the_earlier),
		cmocka_unit_test(too_long_a_text_is_cut),
		cmocka_unit_test(words_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
