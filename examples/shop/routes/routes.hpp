// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "../carrier.hpp"
#include "../database.hpp"
#include "../router.hpp"

#include "asioscope/core/rate_limiter.hpp"

#include <boost/asio/io_context.hpp>

/// What the shop can do. Each function adds its routes; what it is given must outlive the router's
/// last answer.
namespace shop::routes {

void add_items(router& to, database& data);
/// \param pace how many may be placed
void add_orders(router& to, database& data, asioscope::core::rate_limiter& pace);
void add_report(router& to, database& data);

/// Ways for a program to be ill, to look at with asioscope.
void add_sick(router& to, asio::io_context& loop, database& data, carrier& firm);

/// `GET /`: the list of all routes added so far.
void add_index(router& to);

}  // namespace shop::routes
