// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/model/window.hpp"
#include "asioscope/schema/snapshot.hpp"

#include <cstdint>

namespace asioscope::model {

/// The tasks of one name on one loop, as figures.
class task_name {
 public:
  void update(const schema::task_statistics& statistics) { now_ = statistics; }

  void rebase() {
    spawned_.rebase(now_.spawned);
    finished_.rebase(now_.finished);
    failed_.rebase(now_.failed);
  }

  void tick(const horizon& when) {
    spawned_.tick(now_.spawned, when);
    finished_.tick(now_.finished, when);
    failed_.tick(now_.failed, when);
  }

  [[nodiscard]] const schema::task_statistics& statistics() const noexcept { return now_; }
  [[nodiscard]] std::uint64_t spawned_since(std::int64_t start_ns) const {
    return spawned_.since(start_ns, now_.spawned);
  }
  [[nodiscard]] std::uint64_t finished_since(std::int64_t start_ns) const {
    return finished_.since(start_ns, now_.finished);
  }
  [[nodiscard]] std::uint64_t failed_since(std::int64_t start_ns) const {
    return failed_.since(start_ns, now_.failed);
  }

 private:
  schema::task_statistics now_;
  counter_window spawned_;
  counter_window finished_;
  counter_window failed_;
};

}  // namespace asioscope::model
