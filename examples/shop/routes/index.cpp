// SPDX-License-Identifier: BSL-1.0
#include "routes.hpp"

#include <boost/json/array.hpp>

namespace shop::routes {

void add_index(router& to) {
  json::array names{"GET /"};
  for (const auto name : to.names())
    names.emplace_back(name);
  to.add(http::verb::get, "/",
         [names = std::move(names)](const call&) -> asio::awaitable<response> {
           co_return answer(http::status::ok, {{"service", "asioscope-shop"}, {"routes", names}});
         });
}

}  // namespace shop::routes
