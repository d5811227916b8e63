// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "asioscope/sqlite/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace asioscope::sqlite {

using column_names = std::vector<std::string>;

class row {
 public:
  row(std::shared_ptr<const column_names> names, std::vector<value> values)
      : names_(std::move(names)), values_(std::move(values)) {}

  std::size_t size() const noexcept { return values_.size(); }
  /// \throws boost::system::system_error with `errc::range`
  const value& operator[](std::size_t column) const;
  const value& operator[](std::string_view name) const;

  /// See `value::get`.
  template <class T>
  T get(std::size_t column) const {
    return (*this)[column].template get<T>();
  }
  template <class T>
  T get(std::string_view name) const {
    return (*this)[name].template get<T>();
  }

  /// The first columns, typed: `auto [id, name] = row.as<int, std::optional<std::string>>()`.
  template <class... Columns>
  std::tuple<Columns...> as() const {
    return as<Columns...>(std::index_sequence_for<Columns...>());
  }

 private:
  template <class... Columns, std::size_t... Index>
  std::tuple<Columns...> as(std::index_sequence<Index...>) const {
    return {get<Columns>(Index)...};
  }

  std::shared_ptr<const column_names> names_;
  std::vector<value> values_;
};

using rows = std::vector<row>;

/// What a statement has done.
struct result {
  std::int64_t changes = 0;         ///< rows inserted, changed or deleted
  std::int64_t last_insert_id = 0;  ///< of the connection
};

}  // namespace asioscope::sqlite
