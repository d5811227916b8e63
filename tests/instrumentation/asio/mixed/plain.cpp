// SPDX-License-Identifier: BSL-1.0
#include "unit.ipp"

#if defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
#error "this unit shall not have the hooks"
#endif

const unit plain_unit{&run_posts, &run_timers, &run_coroutines, &run_exceptions, &run_leftovers};
