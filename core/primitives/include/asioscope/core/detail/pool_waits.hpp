// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/core/call_site.hpp"
#include "asioscope/core/detail/waiter.hpp"

#include <cstdint>

namespace asioscope::core::detail {

enum class pool_return : std::uint8_t { used, unused, broken, taken };

// What an operation of a pool waits for, beside a resource.
struct pool_warm_up {};
struct pool_close {};

template <class Pooled>
struct pool_acquire_wait : waiter<Pooled> {
  explicit pool_acquire_wait(call_site from) noexcept : site(from) {}
  call_site site;
  std::uint64_t ticket = 0;
  bool has_creation = false;  ///< one is made for it, and it hears if that fails

 protected:
  ~pool_acquire_wait() = default;
};

struct pool_warm_up_wait : waiter<> {
  explicit pool_warm_up_wait(pool_warm_up) noexcept {}

 protected:
  ~pool_warm_up_wait() = default;
};

struct pool_close_wait : waiter<> {
  explicit pool_close_wait(pool_close) noexcept {}

 protected:
  ~pool_close_wait() = default;
};

}  // namespace asioscope::core::detail
