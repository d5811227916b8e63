// SPDX-License-Identifier: BSL-1.0
#include "allocations.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>

// The C library lets a program put its own functions before these; operator new comes here too.
namespace {
constinit thread_local std::uint64_t count = 0;
}

// Sanitizers have put theirs there already.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ASIOSCOPE_BENCH_SANITIZED
#endif
#endif

#if !defined(ASIOSCOPE_BENCH_SANITIZED) && !defined(__SANITIZE_ADDRESS__)
extern "C" {
void* __libc_malloc(std::size_t size);                       // NOLINT(bugprone-reserved-identifier)
void* __libc_calloc(std::size_t members, std::size_t size);  // NOLINT(bugprone-reserved-identifier)
void* __libc_realloc(void* memory, std::size_t size);        // NOLINT(bugprone-reserved-identifier)
void* __libc_memalign(std::size_t alignment,
                      std::size_t size);  // NOLINT(bugprone-reserved-identifier)

void* malloc(std::size_t size) {
  ++count;
  return __libc_malloc(size);
}
void* calloc(std::size_t members, std::size_t size) {
  ++count;
  return __libc_calloc(members, size);
}
void* realloc(void* memory, std::size_t size) {
  ++count;
  return __libc_realloc(memory, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++count;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  ++count;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}
}
#endif

std::uint64_t bench::allocations() noexcept { return count; }
