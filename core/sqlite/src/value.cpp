// SPDX-License-Identifier: BSL-1.0
#include "asioscope/sqlite/value.hpp"

#include "asioscope/sqlite/result.hpp"

#include <algorithm>

namespace asioscope::sqlite {

void detail::throw_mismatch() { throw boost::system::system_error(errc::mismatch); }

const value& row::operator[](std::size_t column) const {
  if (column >= values_.size()) throw boost::system::system_error(errc::range);
  return values_[column];
}

const value& row::operator[](std::string_view name) const {
  const auto found = std::find(names_->begin(), names_->end(), name);
  return (*this)[static_cast<std::size_t>(found - names_->begin())];
}

}  // namespace asioscope::sqlite
