/* SPDX-License-Identifier: GPL-2.0 */
/* Lists; an entry that was taken off and is touched again is a crash. */
#ifndef SHIM_LIST_H
#define SHIM_LIST_H

#include "base.h"

#define SHIM_POISON	((void *)0xdead000000000100)
#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)	struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void list_add(struct list_head *new, struct list_head *head)
{
	BUG_ON(head->next->prev != head);
	new->prev = head;
	new->next = head->next;
	head->next->prev = new;
	head->next = new;
}

static inline void list_add_tail(struct list_head *new, struct list_head *head)
{
	list_add(new, head->prev);
}

static inline void list_del(struct list_head *entry)
{
	BUG_ON(entry->next->prev != entry || entry->prev->next != entry);
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
	entry->next = SHIM_POISON;
	entry->prev = SHIM_POISON;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

#define list_entry(p, t, m)		container_of(p, t, m)
#define list_first_entry(h, t, m)	list_entry((h)->next, t, m)
#define list_last_entry(h, t, m)	list_entry((h)->prev, t, m)
#define list_next_entry(p, m)		list_entry((p)->m.next, typeof(*(p)), m)
#define list_first_entry_or_null(h, t, m) \
	(list_empty(h) ? NULL : list_first_entry(h, t, m))
#define list_for_each_entry(p, h, m)					\
	for ((p) = list_first_entry(h, typeof(*(p)), m); &(p)->m != (h); \
	     (p) = list_next_entry(p, m))
#define list_for_each_entry_safe(p, n, h, m)				\
	for ((p) = list_first_entry(h, typeof(*(p)), m),		\
	     (n) = list_next_entry(p, m); &(p)->m != (h);		\
	     (p) = (n), (n) = list_next_entry(n, m))

#define INIT_HLIST_HEAD(head)	((head)->first = NULL)
#define HLIST_HEAD_INIT		{ NULL }

static inline void INIT_HLIST_NODE(struct hlist_node *node)
{
	node->next = NULL;
	node->pprev = NULL;
}

static inline bool hlist_unhashed(const struct hlist_node *node)
{
	return !node->pprev;
}

static inline bool hlist_empty(const struct hlist_head *head)
{
	return !head->first;
}

static inline void shim_hlist_insert(struct hlist_node *node,
				     struct hlist_node **at)
{
	node->next = *at;
	node->pprev = at;
	if (node->next)
		node->next->pprev = &node->next;
	smp_store_release(at, node);
}

static inline void hlist_add_head(struct hlist_node *node,
				  struct hlist_head *head)
{
	shim_hlist_insert(node, &head->first);
}

static inline void hlist_add_behind(struct hlist_node *node,
				    struct hlist_node *prev)
{
	shim_hlist_insert(node, &prev->next);
}

static inline void hlist_del(struct hlist_node *node)
{
	BUG_ON(*node->pprev != node);
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
	node->next = SHIM_POISON;
	node->pprev = SHIM_POISON;
}

static inline void hlist_del_init(struct hlist_node *node)
{
	if (hlist_unhashed(node))
		return;
	hlist_del(node);
	INIT_HLIST_NODE(node);
}

#define hlist_add_head_rcu	hlist_add_head
#define hlist_entry(p, t, m)	container_of(p, t, m)
#define hlist_entry_safe(p, t, m) \
	({ struct hlist_node *_n = (p); _n ? hlist_entry(_n, t, m) : NULL; })
#define hlist_for_each_entry(p, h, m)					\
	for ((p) = hlist_entry_safe((h)->first, typeof(*(p)), m); (p);	\
	     (p) = hlist_entry_safe((p)->m.next, typeof(*(p)), m))
#define hlist_for_each_entry_rcu(p, h, m, ...)				\
	for ((p) = hlist_entry_safe(smp_load_acquire(&(h)->first),	\
				    typeof(*(p)), m); (p);		\
	     (p) = hlist_entry_safe(smp_load_acquire(&(p)->m.next),	\
				    typeof(*(p)), m))

/* Those who are just there can still go on. */
static inline void hlist_del_rcu(struct hlist_node *node)
{
	BUG_ON(*node->pprev != node);
	smp_store_release(node->pprev, node->next);
	if (node->next)
		node->next->pprev = node->pprev;
	node->pprev = SHIM_POISON;
}

#define hlist_for_each_entry_safe(p, n, h, m)				\
	for ((p) = hlist_entry_safe((h)->first, typeof(*(p)), m);	\
	     (p) && ((n) = (p)->m.next, true);				\
	     (p) = hlist_entry_safe(n, typeof(*(p)), m))

#define DEFINE_HASHTABLE(name, bits)	struct hlist_head name[1 << (bits)]
#define hash_init(table)		memset(table, 0, sizeof(table))
#define shim_chain(table, key) \
	(&(table)[hash_64(key, ilog2(ARRAY_SIZE(table)))])
#define hash_add(table, node, key)	hlist_add_head(node, shim_chain(table, key))
#define hash_add_rcu			hash_add
#define hash_del_rcu			hlist_del_rcu
#define hash_for_each_possible_rcu(table, p, m, key, ...) \
	hlist_for_each_entry_rcu(p, shim_chain(table, key), m)
#define hash_del(node)			hlist_del_init(node)
#define hash_for_each_possible(table, p, m, key) \
	hlist_for_each_entry(p, shim_chain(table, key), m)

#endif
