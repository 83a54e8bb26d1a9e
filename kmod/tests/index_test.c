// SPDX-License-Identifier: GPL-2.0
/* KUnit: the index. */
#include <kunit/test.h>

#include "../index.c"

#define ENTRIES		64

/**
 * struct thing - something to find
 * @entry: by this
 * @number: it is found for that
 * @text: or for texts that begin with that, if it is not NULL
 */
struct thing {
	struct kw_index_entry entry;
	u64 number;
	const char *text;
};

/**
 * struct fixture - what a test works on
 * @index: an empty one
 * @things: to be added
 * @tried: how many were tried
 */
struct fixture {
	struct kw_index index;
	struct thing things[ENTRIES];
	unsigned int tried;
};

/* There is no more to hand it over by. */
static struct fixture *fixture;

static int index_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	test->priv = f;
	fixture = f;
	return kw_index_init(&f->index, ENTRIES);
}

static void index_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (f)
		kw_index_free(&f->index);
}

static bool fits(const struct kw_index_entry *entry, const void *what)
{
	const struct thing *thing = container_of(entry, struct thing, entry);

	fixture->tried++;
	if (thing->text)
		return !strncmp(thing->text, what, strlen(thing->text));
	return thing->number == *(const u64 *)what;
}

static void add_number(struct fixture *f, u32 order, u64 number)
{
	struct kw_index_key key;

	f->things[order].entry.order = order;
	f->things[order].number = number;
	key = kw_index_number(&f->index, KW_INDEX_UID, number);
	kw_index_add(&f->index, &f->things[order].entry, &key, 1);
}

static void add_text(struct fixture *f, u32 order, const char *text)
{
	struct kw_index_key key;

	f->things[order].entry.order = order;
	f->things[order].text = text;
	key = kw_index_pattern(&f->index, KW_INDEX_LABEL, text);
	kw_index_add(&f->index, &f->things[order].entry, &key, 1);
}

static u32 find_number(struct fixture *f, u64 number)
{
	struct kw_index_search search = {
		.index = &f->index,
		.fits = fits,
		.what = &number,
		.best = ENTRIES,
	};

	f->tried = 0;
	kw_index_try_number(&search, KW_INDEX_UID, number);
	return search.best;
}

static u32 find_text(struct fixture *f, const char *text)
{
	struct kw_index_search search = {
		.index = &f->index,
		.fits = fits,
		.what = text,
		.best = ENTRIES,
	};

	f->tried = 0;
	kw_index_try_text(&search, KW_INDEX_LABEL, text);
	return search.best;
}

static void index_none(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, find_number(f, 0), (u32)ENTRIES);
	KUNIT_EXPECT_EQ(test, find_text(f, ""), (u32)ENTRIES);
	KUNIT_EXPECT_EQ(test, find_text(f, "a"), (u32)ENTRIES);
}

/* Of many with the same number, the first; and few are tried for it. */
static void index_numbers(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i;

	for (i = ENTRIES; i--;)
		add_number(f, i, 1000 + i / 4);
	for (i = 0; i < ENTRIES / 4; i++) {
		KUNIT_EXPECT_EQ(test, find_number(f, 1000 + i), 4 * i);
		KUNIT_EXPECT_LE(test, f->tried, 16U);
	}
	KUNIT_EXPECT_EQ(test, find_number(f, 999), (u32)ENTRIES);
	KUNIT_EXPECT_EQ(test, find_number(f, 1000 + ENTRIES / 4),
			(u32)ENTRIES);
}

/* The first, whatever was found before, and whether it is long or short. */
static void index_texts(struct kunit *test)
{
	struct fixture *f = test->priv;

	add_text(f, 9, "");
	add_text(f, 7, "ab");
	add_text(f, 5, "abc");
	add_text(f, 4, "a");
	add_text(f, 3, "abcd");
	KUNIT_EXPECT_EQ(test, find_text(f, ""), 9U);
	KUNIT_EXPECT_EQ(test, find_text(f, "b"), 9U);
	KUNIT_EXPECT_EQ(test, find_text(f, "a"), 4U);
	KUNIT_EXPECT_EQ(test, find_text(f, "ab"), 4U);
	KUNIT_EXPECT_EQ(test, find_text(f, "abcx"), 4U);
	KUNIT_EXPECT_EQ(test, find_text(f, "abcdx"), 3U);
}

/* Kinds are kept apart, also where numbers and texts hash alike. */
static void index_kinds(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_index_key key;

	key = kw_index_number(&f->index, KW_INDEX_GID, 5);
	kw_index_add(&f->index, &f->things[0].entry, &key, 1);
	f->things[0].number = 5;
	KUNIT_EXPECT_EQ(test, find_number(f, 5), (u32)ENTRIES);
	KUNIT_EXPECT_EQ(test, f->tried, 0U);
	KUNIT_EXPECT_EQ(test, find_text(f, ""), (u32)ENTRIES);
	KUNIT_EXPECT_EQ(test, f->tried, 0U);
}

/* Under the key that the fewest others have. */
static void index_weights(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kw_index_key keys[ENTRIES][2];
	u32 i;

	for (i = 0; i < ENTRIES; i++) {
		f->things[i].entry.order = i;
		f->things[i].number = i;
		keys[i][0] = kw_index_number(&f->index, KW_INDEX_GID, 5);
		keys[i][1] = kw_index_number(&f->index, KW_INDEX_UID, i);
		kw_index_weigh(&f->index, keys[i], 2);
	}
	for (i = ENTRIES; i--;)
		kw_index_add(&f->index, &f->things[i].entry, keys[i], 2);
	for (i = 0; i < ENTRIES; i++) {
		KUNIT_EXPECT_EQ(test, find_number(f, i), i);
		KUNIT_EXPECT_LE(test, f->tried, 8U);
	}
}

static const struct {
	const char *pattern;
	u32 length;
} beginnings[] = {
	{ "", 0 }, { "*", 0 }, { "?a", 0 }, { "a", 1 }, { "/a*", 2 },
	{ "/a?b*", 2 }, { "/a/b/**", 5 }, { "\\*", 1 },
};

static void index_beginnings(struct kunit *test)
{
	char text[KW_INDEX_PREFIX_MAX + 3];
	struct fixture *f = test->priv;
	struct kw_index_key key;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(beginnings); i++) {
		key = kw_index_pattern(&f->index, KW_INDEX_CGROUP,
				       beginnings[i].pattern);
		KUNIT_EXPECT_EQ_MSG(test, key.length, beginnings[i].length,
				    "'%s'", beginnings[i].pattern);
	}
	memset(text, 'a', sizeof(text));
	for (i = sizeof(text) - 1; i >= KW_INDEX_PREFIX_MAX - 1; i--) {
		text[i] = '\0';
		key = kw_index_pattern(&f->index, KW_INDEX_CGROUP, text);
		KUNIT_EXPECT_EQ(test, key.length,
				min_t(u32, i, KW_INDEX_PREFIX_MAX));
	}
}

static struct kunit_case index_cases[] = {
	KUNIT_CASE(index_none),
	KUNIT_CASE(index_numbers),
	KUNIT_CASE(index_texts),
	KUNIT_CASE(index_kinds),
	KUNIT_CASE(index_weights),
	KUNIT_CASE(index_beginnings),
	{}
};

static struct kunit_suite index_suite = {
	.name = "kvmwarden-index",
	.init = index_test_init,
	.exit = index_test_exit,
	.test_cases = index_cases,
};

kunit_test_suite(index_suite);
