// SPDX-License-Identifier: GPL-2.0
/*
 * An index: which of many ordered entries are worth trying for something.
 *
 * Each entry is put under one of the keys that it must have in common with
 * whatever it fits, the one that it shares with the fewest others. What two keys
 * of the same hash lead to is tried in vain, no more.
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "index.h"

/**
 * kw_index_init() - make an index
 * @index: the index
 * @entries: how many there will be
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int kw_index_init(struct kw_index *index, u32 entries)
{
	memset(index, 0, sizeof(*index));
	index->bits = ilog2(entries + 1) + 1;
	index->chains = kvcalloc(1UL << index->bits, sizeof(*index->chains),
				 GFP_KERNEL_ACCOUNT);
	index->load = kvcalloc(1UL << index->bits, sizeof(*index->load),
			       GFP_KERNEL_ACCOUNT);
	if (index->chains && index->load)
		return 0;
	kw_index_free(index);
	return -ENOMEM;
}

/**
 * kw_index_free() - undo kw_index_init(); entries are left alone
 * @index: the index; may have been freed, or be all zero
 */
void kw_index_free(struct kw_index *index)
{
	kvfree(index->chains);
	kvfree(index->load);
	index->chains = NULL;
	index->load = NULL;
}

/**
 * kw_index_number() - a key that is a number
 * @index: the index
 * @kind: which kind
 * @number: the number
 *
 * Return: the key.
 */
struct kw_index_key kw_index_number(const struct kw_index *index,
				    enum kw_index_kind kind, u64 number)
{
	return (struct kw_index_key) {
		.kind = kind,
		.chain = hash_64(number * KW_NR_INDEX_KINDS + kind,
				 index->bits),
	};
}

static unsigned long text_start(enum kw_index_kind kind)
{
	return kind + 1;
}

static u32 text_chain(const struct kw_index *index, unsigned long hash)
{
	return hash_64(hash, index->bits);
}

/**
 * kw_index_pattern() - a key that is how all that matches a pattern begins
 * @index: the index
 * @kind: which kind
 * @pattern: as kw_glob_match() takes it
 *
 * Return: the key.
 */
struct kw_index_key kw_index_pattern(const struct kw_index *index,
				     enum kw_index_kind kind,
				     const char *pattern)
{
	u32 i, length = min_t(size_t, strcspn(pattern, "*?"),
			      KW_INDEX_PREFIX_MAX);
	unsigned long hash = text_start(kind);

	for (i = 0; i < length; i++)
		hash = partial_name_hash((unsigned char)pattern[i], hash);
	return (struct kw_index_key) {
		.kind = kind,
		.chain = text_chain(index, hash),
		.length = length,
	};
}

/**
 * kw_index_weigh() - tell of an entry that is going to be added
 * @index: the index
 * @keys: the keys under which it could be put
 * @nr: how many
 *
 * To be done for all entries before the first is added.
 */
void kw_index_weigh(struct kw_index *index, const struct kw_index_key *keys,
		    unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		index->load[keys[i].chain]++;
}

/**
 * kw_index_add() - add an entry, the last of them first
 * @index: the index
 * @entry: the entry; its order is set, and below that of those added before
 * @keys: as with kw_index_weigh()
 * @nr: how many, at least one
 */
void kw_index_add(struct kw_index *index, struct kw_index_entry *entry,
		  const struct kw_index_key *keys, unsigned int nr)
{
	const struct kw_index_key *best = &keys[0];
	unsigned int i;

	for (i = 1; i < nr; i++)
		if (index->load[keys[i].chain] < index->load[best->chain])
			best = &keys[i];
	hlist_add_head(&entry->node, &index->chains[best->chain]);
	__set_bit(best->kind, &index->kinds);
	__set_bit(best->length, index->lengths);
}

static void try_chain(struct kw_index_search *search, u32 chain)
{
	const struct kw_index_entry *entry;

	hlist_for_each_entry(entry, &search->index->chains[chain], node) {
		if (entry->order >= search->best)
			return;
		if (search->fits(entry, search->what)) {
			search->best = entry->order;
			return;
		}
	}
}

/**
 * kw_index_try_number() - try all entries under a number
 * @search: the search
 * @kind: which kind
 * @number: the number
 */
void kw_index_try_number(struct kw_index_search *search,
			 enum kw_index_kind kind, u64 number)
{
	if (test_bit(kind, &search->index->kinds))
		try_chain(search,
			  kw_index_number(search->index, kind, number).chain);
}

/**
 * kw_index_try_text() - try all entries under a beginning of a text
 * @search: the search
 * @kind: which kind
 * @text: the text
 */
void kw_index_try_text(struct kw_index_search *search,
		       enum kw_index_kind kind, const char *text)
{
	const struct kw_index *index = search->index;
	unsigned long hash = text_start(kind);
	u32 i;

	if (!test_bit(kind, &index->kinds))
		return;
	for (i = 0; i <= KW_INDEX_PREFIX_MAX; i++) {
		if (test_bit(i, index->lengths))
			try_chain(search, text_chain(index, hash));
		if (!text[i])
			return;
		hash = partial_name_hash((unsigned char)text[i], hash);
	}
}
