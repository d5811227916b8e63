// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The same work in two translation units, one built with the hooks and one without.
struct unit {
  int (*posts)(int n);  ///< how many handlers ran
  int (*timers)(int n);
  int (*coroutines)(int n);  ///< how many tasks ended
  int (*exceptions)(int n);
  bool (*leftovers)();  ///< a context destroyed with work destroys its handlers
};

extern const unit hooked_unit;
extern const unit plain_unit;
