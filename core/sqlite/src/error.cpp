// SPDX-License-Identifier: BSL-1.0
#include "asioscope/sqlite/error.hpp"

#include <boost/system/error_condition.hpp>

#include <sqlite3.h>

#include <string>

namespace asioscope::sqlite {

namespace {

class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "sqlite"; }

  std::string message(int value) const override { return sqlite3_errstr(value); }

  boost::system::error_condition default_error_condition(int value) const noexcept override {
    namespace generic = boost::system::errc;
    using generic::make_error_condition;
    switch (value & 0xff) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return make_error_condition(generic::resource_unavailable_try_again);
      case SQLITE_INTERRUPT:
        return make_error_condition(generic::operation_canceled);
      case SQLITE_NOMEM:
        return make_error_condition(generic::not_enough_memory);
      case SQLITE_IOERR:
        return make_error_condition(generic::io_error);
      case SQLITE_FULL:
        return make_error_condition(generic::no_space_on_device);
      case SQLITE_READONLY:
      case SQLITE_PERM:
        return make_error_condition(generic::permission_denied);
      default:
        return {value, *this};
    }
  }
};

}  // namespace

const boost::system::error_category& sqlite_category() noexcept {
  static const category instance;
  return instance;
}

}  // namespace asioscope::sqlite
