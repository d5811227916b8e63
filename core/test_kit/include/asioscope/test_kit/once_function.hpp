// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace asioscope::test_kit::detail {

/// Any function that is called at most once, also one that can only be moved.
class once_function {
 public:
  template <class Function>
  requires(!std::is_same_v<std::decay_t<Function>, once_function>)
      // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload)
      once_function(Function&& function)
      : held_(
            std::make_unique<held_one<std::decay_t<Function>>>(std::forward<Function>(function))) {}

  /// What it holds is destroyed afterwards.
  void operator()() && {
    const std::unique_ptr<held> last = std::move(held_);
    last->run();
  }

 private:
  struct held {
    virtual ~held() = default;
    virtual void run() = 0;
  };
  template <class Function>
  struct held_one final : held {
    explicit held_one(Function&& f) : function(std::move(f)) {}
    explicit held_one(const Function& f) : function(f) {}
    void run() override { std::move(function)(); }
    Function function;
  };

  std::unique_ptr<held> held_;
};

}  // namespace asioscope::test_kit::detail
