/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KVMWARDEN_DEBVERSION_H
#define KVMWARDEN_DEBVERSION_H

/* < 0, 0 or > 0, as dpkg orders versions; releases of Linux are in that order */
int debversion_compare(const char *left, const char *right);

#endif
