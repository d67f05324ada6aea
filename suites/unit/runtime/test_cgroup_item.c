/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what the kernel shows means what was written: each form beside one that differs. */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/cgroup_item.h"

struct pair {
	const char *written, *read;
	bool same;
};

static void assert_pairs(cgroup_same same, const struct pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (same(pairs[i].written, pairs[i].read) != pairs[i].same)
			fail_msg("'%s' written, '%s' read: should be %s", pairs[i].written,
				 pairs[i].read, pairs[i].same ? "the same" : "different");
	}
}

static void texts_agree_word_by_word(void **state)
{
	static const struct pair pairs[] = {
		{"root", "root\n", true},
		{" root ", "root\n", true},
		{"isolated", "isolated\n", true},
		{"root", "root invalid (Parent is not a partition root)\n", false},
		{"root", "member\n", false},
		{"root", "Root\n", false},
		{"root", "roo\n", false},
		{"roo", "root\n", false},
		{"root", "", false},
		{"", "root\n", false},
	};

	(void)state;
	assert_pairs(cgroup_same_text, pairs, COUNT(pairs));
}

static void numbers_agree_by_value(void **state)
{
	static const struct pair pairs[] = {
		{"100", "100\n", true},	  {"0100", "100\n", true},
		{"-20", "-20\n", true},	  {" 5 ", "5\n", true},
		{"max", "max\n", true},	  {"0", "0\n", true},
		{"100", "101\n", false},  {"1", "-1\n", false},
		{"max", "100\n", false},  {"100", "max\n", false},
		{"1K", "1024\n", false},  {"1", "1 2\n", false},
		{"1 2", "1\n", false},	  {"", "0\n", false},
		{"0", "\n", false},	  {"1x", "1\n", false},
		{"x", "x\n", false},	  {"0x10", "16\n", false},
		{"maxi", "max\n", false}, {"99999999999999999999", "99999999999999999999\n", false},
	};

	(void)state;
	assert_pairs(cgroup_same_number, pairs, COUNT(pairs));
}

static void sizes_have_suffixes_of_either_case(void **state)
{
	static const struct pair pairs[] = {
		{"1M", "1048576\n", true},	 {"1m", "1048576\n", true},
		{"64K", "65536\n", true},	 {"64k", "65536\n", true},
		{"2G", "2147483648\n", true},	 {"2g", "2147483648\n", true},
		{"1T", "1099511627776\n", true}, {"1048576", "1048576\n", true},
		{"max", "max\n", true},		 {"0", "0\n", true},
		{"1M", "1M\n", false},		 {"1M", "1000000\n", false},
		{"1M", "2097152\n", false},	 {"1M", "max\n", false},
		{"max", "1048576\n", false},	 {"1X", "1\n", false},
		{"1MB", "1048576\n", false},	 {"1MM", "1048576\n", false},
		{"M", "1048576\n", false},	 {"1 M", "1048576\n", false},
		{"9999999T", "0\n", false},
	};

	(void)state;
	assert_pairs(cgroup_same_size, pairs, COUNT(pairs));
}

/* The kernel rounds down; a page less or more is another value. */
static void sizes_agree_to_the_page(void **state)
{
	static const struct {
		int pages, bytes;
		bool same;
	} shifts[] = {{0, 0, true},  {0, 1, true},   {0, -1, false},
		      {1, 0, false}, {-1, 0, false}, {0, 4095, true}};
	long page = sysconf(_SC_PAGESIZE);

	(void)state;
	for (size_t i = 0; i < COUNT(shifts); i++) {
		char written[32], read[32];

		snprintf(written, sizeof written, "%ld", 10 * page + shifts[i].bytes);
		snprintf(read, sizeof read, "%ld\n", (10 + shifts[i].pages) * page);
		assert_int_equal(cgroup_same_size(written, read), shifts[i].same);
		assert_int_equal(cgroup_same_number(written, read),
				 shifts[i].pages == 0 && shifts[i].bytes == 0);
	}
}

static void a_period_left_out_is_the_kernels(void **state)
{
	static const struct pair pairs[] = {
		{"50000", "50000 100000\n", true},
		{"50000 100000", "50000 100000\n", true},
		{"max", "max 100000\n", true},
		{"max 50000", "max 50000\n", true},
		{" 50000  100000 ", "50000 100000\n", true},
		{"50000", "500000 100000\n", false},
		{"50000 20000", "50000 100000\n", false},
		{"max", "50000 100000\n", false},
		{"50000", "max 100000\n", false},
		{"50000 100000 1", "50000 100000\n", false},
		{"50000 100000", "50000\n", false},
	};

	(void)state;
	assert_pairs(cgroup_same_bandwidth, pairs, COUNT(pairs));
}

static void lists_agree_as_sets(void **state)
{
	static const struct pair pairs[] = {
		{"0", "0\n", true},
		{"0-1", "0-1\n", true},
		{"0,1", "0-1\n", true},
		{"1,0", "0-1\n", true},
		{"0-1,1-2", "0-2\n", true},
		{"3,0-1", "0-1,3\n", true},
		{"0-0", "0\n", true},
		{" 0-1 ", "0-1\n", true},
		{"0", "1\n", false},
		{"0-1", "0\n", false},
		{"0", "0-1\n", false},
		{"0,2", "0-2\n", false},
		{"0", "\n", false},
		{"1-0", "0-1\n", false},
		{"0-", "0\n", false},
		{"-1", "1\n", false},
		{"a", "0\n", false},
		{"0 1", "0\n", false},
		{"99999", "99999\n", false},
		{"0-99999", "0\n", false},
		{"99999999999999999999", "0\n", false},
	};

	(void)state;
	assert_pairs(cgroup_same_list, pairs, COUNT(pairs));
}

static void io_weight_is_the_default_or_a_devices(void **state)
{
	static const struct pair pairs[] = {
		{"200", "default 200\n", true},
		{"default 200", "default 200\n", true},
		{"200", "default 200\n8:0 50\n", true},
		{"8:0 50", "default 100\n8:0 50\n", true},
		{"8:16 70", "default 100\n8:0 50\n8:16 70\n", true},
		{"200", "default 100\n", false},
		{"20", "default 200\n", false},
		{"200", "default 100\n8:0 200\n", false},
		{"default 200", "default 100\n8:0 200\n", false},
		{"8:0 50", "default 50\n", false},
		{"8:0 50", "default 50\n8:0 60\n8:16 50\n", false},
		{"8:1 50", "default 100\n8:16 50\n", false},
		{"200", "", false},
	};

	(void)state;
	assert_pairs(cgroup_same_weight, pairs, COUNT(pairs));
}

static void io_max_compares_the_devices_own_line(void **state)
{
	static const struct pair pairs[] = {
		{"8:0 rbps=1000", "8:0 rbps=1000 wbps=max riops=max wiops=max\n", true},
		{"8:0 wiops=5 rbps=1000", "8:0 rbps=1000 wbps=max riops=max wiops=5\n", true},
		{"8:16 wbps=7",
		 "8:0 rbps=1 wbps=max riops=max wiops=max\n"
		 "8:16 rbps=max wbps=7 riops=max wiops=max\n",
		 true},
		{"8:0 rbps=max", "", true},
		{"8:0 rbps=max", "8:16 rbps=1 wbps=max riops=max wiops=max\n", true},
		{"8:0 rbps=1000", "", false},
		{"8:0 rbps=1000", "8:0 rbps=1001 wbps=max riops=max wiops=max\n", false},
		{"8:0 rbps=1000", "8:0 rbps=max wbps=1000 riops=max wiops=max\n", false},
		{"8:0 rbps=1000", "8:16 rbps=1000 wbps=max riops=max wiops=max\n", false},
		{"8:0 rbps=max", "8:0 rbps=5 wbps=max riops=max wiops=max\n", false},
		{"8:0 rbps=1000 wbps=5", "8:0 rbps=1000 wbps=max riops=max wiops=max\n", false},
		{"8:0 wbps=7",
		 "8:0 rbps=1 wbps=max riops=max wiops=max\n"
		 "8:16 rbps=max wbps=7 riops=max wiops=max\n",
		 false},
	};

	(void)state;
	assert_pairs(cgroup_same_device, pairs, COUNT(pairs));
}

/* rednode.md 7: the kernel takes, and shows, a line for each device. */
static void each_line_of_several_is_compared(void **state)
{
	static const struct pair devices[] = {
		{"8:0 rbps=1\n8:16 wbps=7",
		 "8:0 rbps=1 wbps=max riops=max wiops=max\n"
		 "8:16 rbps=max wbps=7 riops=max wiops=max\n",
		 true},
		{"8:16 wbps=7\n8:0 rbps=1\n",
		 "8:0 rbps=1 wbps=max riops=max wiops=max\n"
		 "8:16 rbps=max wbps=7 riops=max wiops=max\n",
		 true},
		{"8:0 rbps=1\n8:16 wbps=7\n", "8:0 rbps=1 wbps=7 riops=max wiops=max\n", false},
		{"8:0 rbps=1\n8:16 wbps=7\n",
		 "8:0 rbps=1 wbps=7 riops=max wiops=max\n"
		 "8:16 rbps=max wbps=8 riops=max wiops=max\n",
		 false},
	};
	static const struct pair weights[] = {
		{"default 200\n8:0 50\n", "default 200\n8:0 50\n", true},
		{"200\n8:0 50", "default 200\n8:0 50\n", true},
		{"200\n8:0 50", "default 200\n8:0 51\n", false},
		{"200\n8:0 50", "default 100\n8:0 50\n", false},
	};

	(void)state;
	assert_pairs(cgroup_same_device, devices, COUNT(devices));
	assert_pairs(cgroup_same_weight, weights, COUNT(weights));
}

static void each_item_is_in_the_table_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < CGROUP_ITEM_COUNT; i++) {
		const struct cgroup_item *item = &cgroup_items[i];

		assert_non_null(item->same);
		/* The file is one of the controller's. */
		assert_int_equal(strncmp(item->file, item->controller, strlen(item->controller)),
				 0);
		assert_int_equal(item->protects, !strcmp(item->file, "memory.min") ||
							 !strcmp(item->file, "memory.low"));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(cgroup_items[j].file, item->file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_agree_word_by_word),
		cmocka_unit_test(numbers_agree_by_value),
		cmocka_unit_test(sizes_have_suffixes_of_either_case),
		cmocka_unit_test(sizes_agree_to_the_page),
		cmocka_unit_test(a_period_left_out_is_the_kernels),
		cmocka_unit_test(lists_agree_as_sets),
		cmocka_unit_test(io_weight_is_the_default_or_a_devices),
		cmocka_unit_test(io_max_compares_the_devices_own_line),
		cmocka_unit_test(each_line_of_several_is_compared),
		cmocka_unit_test(each_item_is_in_the_table_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
