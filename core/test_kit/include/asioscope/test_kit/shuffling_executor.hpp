// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/test_kit/once_function.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace asioscope::test_kit {

namespace detail {

/// Functions that are ready, of which any may be the next.
class deck {
 public:
  explicit deck(std::uint64_t seed) : random_(seed) {}

  void add(once_function card) { cards_.push_back(std::move(card)); }

  void run_any() {
    if (cards_.empty()) return;  // the loop has been destroyed and its functions with it
    const std::size_t which =
        std::uniform_int_distribution<std::size_t>(0, cards_.size() - 1)(random_);
    std::swap(cards_[which], cards_.back());
    once_function drawn = std::move(cards_.back());
    cards_.pop_back();
    std::move(drawn)();
  }

 private:
  std::mt19937_64 random_;
  std::vector<once_function> cards_;
};

}  // namespace detail

/// Runs what was given to it in any order, which a number decides: whatever holds on an executor
/// that is no strand must hold here. For one thread.
template <class Inner = boost::asio::io_context::executor_type>
class shuffling_executor {
 public:
  shuffling_executor(Inner inner, std::uint64_t seed)
      : inner_(std::move(inner)), deck_(std::make_shared<detail::deck>(seed)) {}

  template <class Function>
  void execute(Function&& function) const {
    deck_->add(std::forward<Function>(function));
    inner_.execute([deck = deck_] { deck->run_any(); });
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

  friend bool operator==(const shuffling_executor& a, const shuffling_executor& b) noexcept {
    return a.inner_ == b.inner_ && a.deck_ == b.deck_;
  }

 private:
  template <class>
  friend class shuffling_executor;

  shuffling_executor(Inner inner, std::shared_ptr<detail::deck> deck)
      : inner_(std::move(inner)), deck_(std::move(deck)) {}

  template <class Other>
  shuffling_executor<Other> rebound(Other other) const {
    return {std::move(other), deck_};
  }

  Inner inner_;
  std::shared_ptr<detail::deck> deck_;
};

}  // namespace asioscope::test_kit
