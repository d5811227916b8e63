// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <memory>

namespace asioscope::sqlite::detail {

class database;

/// True as long as a transaction can go on: it ends for many reasons.
using transaction_flag = std::shared_ptr<std::atomic<bool>>;

/// What the thread of a connection has.
struct session {
  session() noexcept;
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();

  std::unique_ptr<database> open;  ///< null: not any more, or not yet
  transaction_flag transaction;
};

}  // namespace asioscope::sqlite::detail
