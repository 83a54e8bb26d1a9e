/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An index: which of many ordered entries are worth trying for something.
 *
 * Knows no KVM types, so that it can be tested anywhere.
 */
#ifndef KW_INDEX_H
#define KW_INDEX_H

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/types.h>

/**
 * enum kw_index_kind - by what an entry can be found
 * @KW_INDEX_UID: a user
 * @KW_INDEX_GID: a group
 * @KW_INDEX_EXE: an inode number
 * @KW_INDEX_CGROUP: how a cgroup path begins
 * @KW_INDEX_LABEL: how a label begins
 * @KW_INDEX_ALL: nothing: it is tried for everything
 * @KW_NR_INDEX_KINDS: how many there are
 */
enum kw_index_kind {
	KW_INDEX_UID,
	KW_INDEX_GID,
	KW_INDEX_EXE,
	KW_INDEX_CGROUP,
	KW_INDEX_LABEL,
	KW_INDEX_ALL,
	KW_NR_INDEX_KINDS,
};

/* Longer beginnings are cut to that. */
#define KW_INDEX_PREFIX_MAX	255

/**
 * struct kw_index_entry - what is found
 * @node: in a chain of the index
 * @order: its place among all entries
 */
struct kw_index_entry {
	struct hlist_node node;
	u32 order;
};

/**
 * struct kw_index - entries in chains by the hash of a key, by order in each
 * @bits: there are 1 << @bits chains
 * @chains: the chains; NULL if there is no index
 * @load: for each chain, how many entries could have been put there
 * @kinds: bits (1 << &enum kw_index_kind) of the keys in use
 * @lengths: of beginnings in use
 */
struct kw_index {
	u32 bits;
	struct hlist_head *chains;
	u32 *load;
	unsigned long kinds;
	DECLARE_BITMAP(lengths, KW_INDEX_PREFIX_MAX + 1);
};

/**
 * struct kw_index_key - one key that an entry can be put under
 * @kind: which kind
 * @chain: where that leads
 * @length: of a beginning
 */
struct kw_index_key {
	enum kw_index_kind kind;
	u32 chain;
	u32 length;
};

/**
 * struct kw_index_search - a search for the first entry that fits
 * @index: where
 * @fits: decides
 * @what: its second argument
 * @best: the order of the first entry found until now, or what is above all
 */
struct kw_index_search {
	const struct kw_index *index;
	bool (*fits)(const struct kw_index_entry *entry, const void *what);
	const void *what;
	u32 best;
};

int kw_index_init(struct kw_index *index, u32 entries);
void kw_index_free(struct kw_index *index);
struct kw_index_key kw_index_number(const struct kw_index *index,
				    enum kw_index_kind kind, u64 number);
struct kw_index_key kw_index_pattern(const struct kw_index *index,
				     enum kw_index_kind kind,
				     const char *pattern);
void kw_index_weigh(struct kw_index *index, const struct kw_index_key *keys,
		    unsigned int nr);
void kw_index_add(struct kw_index *index, struct kw_index_entry *entry,
		  const struct kw_index_key *keys, unsigned int nr);
void kw_index_try_number(struct kw_index_search *search,
			 enum kw_index_kind kind, u64 number);
void kw_index_try_text(struct kw_index_search *search,
		       enum kw_index_kind kind, const char *text);

#endif /* KW_INDEX_H */
