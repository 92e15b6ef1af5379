// SPDX-License-Identifier: Apache-2.0
// The search for the time zone's name, with the root of the file system as an argument so that tests can
// give it a folder of their own.
#ifndef SVM_TIMEZONE_H
#define SVM_TIMEZONE_H

// The name of the zone that `tz` (the value of TZ, or NULL) and the files below `root` say ("" is the real
// root), as a string to be freed, or NULL when nothing says one.
char *svm_find_time_zone(const char *root, const char *tz);

#endif
