// SPDX-License-Identifier: BSL-1.0
#include "asioscope/core/error.hpp"

#include <boost/system/error_condition.hpp>

#include <string>

namespace asioscope::core {

namespace {

class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "asioscope.core"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::closed:
        return "closed";
      case errc::timed_out:
        return "the deadline passed";
      case errc::full:
        return "no room";
      case errc::rejected:
        return "rejected";
      case errc::too_much:
        return "more than there can ever be";
      case errc::breaker_open:
        return "the circuit breaker is open";
      case errc::retries_exhausted:
        return "all attempts failed";
      case errc::not_running:
        return "not running";
      case errc::duplicate:
        return "the id is in use";
      case errc::failed:
        return "failed with an exception";
      case errc::create_failed:
        return "the resource could not be made";
    }
    return "unknown error " + std::to_string(value);
  }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    using boost::system::errc::make_error_condition;
    namespace generic = boost::system::errc;
    switch (static_cast<errc>(value)) {
      case errc::closed:
        return make_error_condition(generic::operation_canceled);
      case errc::timed_out:
        return make_error_condition(generic::timed_out);
      case errc::full:
      case errc::rejected:
      case errc::breaker_open:
        return make_error_condition(generic::resource_unavailable_try_again);
      case errc::too_much:
        return make_error_condition(generic::invalid_argument);
      case errc::not_running:
        return make_error_condition(generic::operation_not_permitted);
      case errc::duplicate:
        return make_error_condition(generic::file_exists);
      case errc::retries_exhausted:
      case errc::failed:
      case errc::create_failed:
        break;
    }
    return {value, *this};
  }
};

}  // namespace

const boost::system::error_category& core_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace asioscope::core
