// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace asioscope::test_kit {

/// What has been done through a `tracking_executor` and its copies.
struct executor_record {
  std::atomic<std::size_t> executed{0};  ///< functions given to it
  std::atomic<std::size_t> finished{0};  ///< that ran
  /// How deep the calling thread is in functions of this executor.
  static thread_local std::size_t depth;
};

inline thread_local std::size_t executor_record::depth = 0;

/// Passes everything on, and keeps count: to see where a handler runs, and that it ran.
template <class Inner = boost::asio::io_context::executor_type>
class tracking_executor {
 public:
  explicit tracking_executor(Inner inner)
      : tracking_executor(std::move(inner), std::make_shared<executor_record>()) {}

  const executor_record& record() const noexcept { return *record_; }

  /// Whether the caller is run by a tracking executor.
  static bool runs_here() noexcept { return executor_record::depth != 0; }

  template <class Function>
  void execute(Function&& function) const {
    ++record_->executed;
    inner_.execute([record = record_, function = std::forward<Function>(function)]() mutable {
      ++executor_record::depth;
      std::move(function)();
      --executor_record::depth;
      ++record->finished;
    });
  }

  template <class Property>
  requires boost::asio::can_query_v<const Inner&, Property>
  decltype(auto) query(const Property& property) const {
    return boost::asio::query(inner_, property);
  }

  template <class Property>
  requires boost::asio::can_require_v<const Inner&, Property>
  auto require(const Property& property) const {
    return rebound(boost::asio::require(inner_, property));
  }
  template <class Property>
  requires boost::asio::can_prefer_v<const Inner&, Property> &&
      (!boost::asio::can_require_v<const Inner&, Property>)auto prefer(
          const Property& property) const {
    return rebound(boost::asio::prefer(inner_, property));
  }

  friend bool operator==(const tracking_executor& a, const tracking_executor& b) noexcept {
    return a.inner_ == b.inner_ && a.record_ == b.record_;
  }

 private:
  template <class>
  friend class tracking_executor;

  tracking_executor(Inner inner, std::shared_ptr<executor_record> record)
      : inner_(std::move(inner)), record_(std::move(record)) {}

  template <class Other>
  tracking_executor<Other> rebound(Other other) const {
    return {std::move(other), record_};
  }

  Inner inner_;
  std::shared_ptr<executor_record> record_;
};

}  // namespace asioscope::test_kit
