// SPDX-License-Identifier: BSL-1.0
// The parts of Boost that are compiled once for the whole program. Like every other file of it,
// this one is compiled with asioscope's hooks; without them here, there would be no hooks at all.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
#include <boost/json/src.hpp>
