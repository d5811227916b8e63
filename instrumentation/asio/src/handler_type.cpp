// SPDX-License-Identifier: BSL-1.0
#include "demangled.hpp"

#include "asioscope/instrumentation/detail/operation_traits.hpp"
#include "asioscope/watchdog/readable_name.hpp"

namespace asioscope::detail {

namespace {

recorder::site_id register_named(std::string_view type, std::string_view operation) {
  // Without the properties of the executor, as in "execute(blk=never,rel=fork)".
  return recorder::register_site(schema::site_kind::handler, watchdog::readable_handler_name(type),
                                 operation.substr(0, operation.find('(')));
}

}  // namespace

recorder::site_id register_handler_type(const char* pretty_function,
                                        const char* operation) noexcept {
  try {
    return register_named(watchdog::type_in_pretty_function(pretty_function), operation);
  } catch (...) {  // no memory: the run is counted, without its name
    return recorder::other_site;
  }
}

recorder::site_id register_mangled_handler_type(const char* mangled,
                                                const char* operation) noexcept {
  try {
    return register_named(demangled(mangled), operation);
  } catch (...) {  // no memory
    return recorder::other_site;
  }
}

}  // namespace asioscope::detail
