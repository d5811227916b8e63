// SPDX-License-Identifier: BSL-1.0
#include "router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using shop::http::verb;

shop::router make_routes() {
  const auto nobody = [](const shop::call&) -> shop::asio::awaitable<shop::response> {
    co_return shop::response{};
  };
  shop::router routes;
  routes.add(verb::get, "/", nobody);
  routes.add(verb::post, "/orders", nobody);
  routes.add(verb::get, "/orders/ID", nobody);
  routes.add(verb::get, "/orders/ID/items/ID", nobody);
  return routes;
}

TEST(router, finds_a_route_and_names_it_by_its_pattern) {
  const auto routes = make_routes();
  const auto found = routes.find(verb::get, "/orders/17?a=b&c");
  ASSERT_NE(found.answers, nullptr);
  EXPECT_EQ(found.name, "GET /orders/ID");
  EXPECT_EQ(found.id, "17");
  EXPECT_EQ(found.query, "a=b&c");
}

TEST(router, matches_whole_paths_only) {
  const auto routes = make_routes();
  for (const auto* path :
       {"", "*", "//", "/orders/", "/orders/1/", "/orders/1/2", "/order", "/orders2", "orders"}) {
    EXPECT_EQ(routes.find(verb::get, path).answers, nullptr) << path;
  }
  EXPECT_EQ(routes.find(verb::get, "/?x").name, "GET /");
  EXPECT_EQ(routes.find(verb::get, "/orders/1/items/2").name, "GET /orders/ID/items/ID");
}

TEST(router, gives_what_it_does_not_know_one_of_a_few_names) {
  const auto routes = make_routes();
  EXPECT_EQ(routes.find(verb::get, "/a").name, "GET /other");
  EXPECT_EQ(routes.find(verb::get, "/b").name, "GET /other");
  EXPECT_EQ(routes.find(verb::put, "/orders").name, "PUT /other");
  EXPECT_EQ(routes.find(verb::unknown, "/").name, "OTHER /other");
  EXPECT_EQ(routes.find(verb::mkcol, "/").name, "OTHER /other");
}

TEST(router, tells_the_method_that_the_path_has) {
  const auto routes = make_routes();
  EXPECT_EQ(routes.find(verb::get, "/orders").allowed, "POST");
  EXPECT_EQ(routes.find(verb::get, "/nothing").allowed, "");
}

TEST(router, lets_get_answer_head) {
  const auto routes = make_routes();
  EXPECT_EQ(routes.find(verb::head, "/orders/1").name, "GET /orders/ID");
  EXPECT_EQ(routes.find(verb::head, "/orders").answers, nullptr);
}

}  // namespace
