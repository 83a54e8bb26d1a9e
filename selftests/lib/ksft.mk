# SPDX-License-Identifier: GPL-2.0
# How the programs of a directory are built, with kselftest's own headers, taken
# from the kernel source that is installed. Include this after the default target;
# then a program is:
#
#	name: $(call objects,name.c other.c $(VMM))
#		$(link)
#
# Each source is compiled once, wherever it is used; objects32 and link32 are the
# same for 32 bits, if $(have_32).

MACHINE := $(shell $(CC) -dumpmachine)
VMM := vmm.c vmm_$(if $(filter aarch64-%,$(MACHINE)),arm64,x86).c

# The kernel's headers are the same for both, but only one finds them itself.
M32 := -m32 -idirafter /usr/include/$(shell $(CC) -print-multiarch)
have_32 := $(shell echo 'int main(void) { return 0; }' | \
	$(CC) $(M32) -include errno.h -x c -o /dev/null - 2>/dev/null && echo yes)

KVMWARDEN_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kvmwarden
KSFT_SOURCE ?= linux-source-6.1
KSFT := $(KVMWARDEN_CACHE)/ksft
KSFT_HEADERS := $(KSFT)/kselftest.h $(KSFT)/kselftest_harness.h

CFLAGS ?= -O2 -g
KSFT_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -pthread
KSFT_CFLAGS += -I../lib -I../../uapi -isystem $(KSFT)
# under emulation, libraries take longer to load than most tests to run
KSFT_LDFLAGS := -static

objects = $(patsubst %.c,obj/%.o,$(1))
objects32 = $(patsubst %.c,obj32/%.o,$(1))
compile = $(CC) $(KSFT_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
link = $(CC) $(CFLAGS) -pthread $(KSFT_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
link32 = $(link) -m32

vpath %.c ../lib

obj/%.o: %.c Makefile ../lib/ksft.mk $(KSFT_HEADERS)
	@mkdir -p $(@D)
	$(compile)

obj32/%.o: %.c Makefile ../lib/ksft.mk $(KSFT_HEADERS)
	@mkdir -p $(@D)
	$(compile) $(M32)

-include $(wildcard obj/*.d obj32/*.d)

# Several makes may find them missing at once: none may see half a file. tar
# keeps the kernel's times; what is older than our own sources is no reason to
# unpack again, so touch.
$(KSFT_HEADERS) &:
	@mkdir -p $(KSFT)
	@tarball=$$(dpkg -L $(KSFT_SOURCE) | grep -m1 'tar\.xz$$') || \
		{ echo "$(KSFT_SOURCE) is not installed; run selftests/deps" >&2; exit 1; }; \
	temp=$$(mktemp -d $(KSFT)/making.XXXXXX) && \
	tar -C $$temp --strip-components=4 --occurrence=1 -xf $$tarball \
		$(KSFT_SOURCE)/tools/testing/selftests/kselftest.h \
		$(KSFT_SOURCE)/tools/testing/selftests/kselftest_harness.h && \
	touch $$temp/* && mv $$temp/* $(KSFT)/ && rmdir $$temp
