// SPDX-License-Identifier: Apache-2.0
// The ten functions of com.oracle.svm.core.container.ContainerLibrary. Amounts are bytes; -1 is "no limit", -2 "not known".
#ifndef SVM_CONTAINER_H
#define SVM_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

int svm_container_initialize(int version);
size_t svm_container_physical_memory(void);
int64_t svm_container_memory_limit_in_bytes(void);
int64_t svm_container_memory_and_swap_limit_in_bytes(void);
int64_t svm_container_memory_soft_limit_in_bytes(void);
int64_t svm_container_memory_usage_in_bytes(void);
int64_t svm_container_memory_max_usage_in_bytes(void);
int64_t svm_container_rss_usage_in_bytes(void);
int64_t svm_container_cache_usage_in_bytes(void);
int svm_container_active_processor_count(void);

#endif
