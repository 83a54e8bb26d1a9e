/* SPDX-License-Identifier: GPL-2.0 */
/* Memory and texts. */
#ifndef SHIM_MEMORY_H
#define SHIM_MEMORY_H

#include "lock.h"

#define GFP_KERNEL		1U
#define GFP_KERNEL_ACCOUNT	1U
#define GFP_ATOMIC		2U
#define GFP_NOWAIT		2U
#define __GFP_NOWARN		0U
#define __GFP_ACCOUNT		0U
#define __GFP_ZERO		0U

/* If not 0, the so manieth allocation from now on fails. */
extern __thread unsigned int shim_fail_in;

/* calloc, that says so when asked to sleep where that is forbidden */
void *shim_alloc(size_t n, size_t size, gfp_t gfp);
char *kstrndup(const char *text, size_t max, gfp_t gfp);
void *kmemdup(const void *from, size_t size, gfp_t gfp);
void *kvrealloc(const void *old, size_t old_size, size_t size, gfp_t gfp);

#define kmalloc(size, gfp)		shim_alloc(1, size, gfp)
#define kzalloc(size, gfp)		shim_alloc(1, size, gfp)
#define kcalloc(n, size, gfp)		shim_alloc(n, size, gfp)
#define kmalloc_array(n, size, gfp)	shim_alloc(n, size, gfp)
#define kvmalloc(size, gfp)		shim_alloc(1, size, gfp)
#define kvzalloc(size, gfp)		shim_alloc(1, size, gfp)
#define kvcalloc(n, size, gfp)		shim_alloc(n, size, gfp)
#define kvmalloc_array(n, size, gfp)	shim_alloc(n, size, gfp)
#define kstrdup(text, gfp)		kstrndup(text, SIZE_MAX, gfp)
#define kfree(p)			free((void *)(p))
#define kvfree(p)			free((void *)(p))

struct kmem_cache {
	size_t size;
};

struct kmem_cache *shim_cache_new(size_t size);

#define SLAB_ACCOUNT			0U
#define KMEM_CACHE(type, flags)		shim_cache_new(sizeof(struct type))
#define kmem_cache_zalloc(cache, gfp)	shim_alloc(1, (cache)->size, gfp)
#define kmem_cache_free(cache, p)	free(p)
#define kmem_cache_destroy(cache)	free(cache)

ssize_t strscpy(char *to, const char *from, size_t size);
ssize_t strscpy_pad(char *to, const char *from, size_t size);
void *memchr_inv(const void *from, int byte, size_t size);

#undef isascii
#define isascii(c)	(((unsigned char)(c)) <= 0x7f)

#endif
