#include "flight/subject.hpp"

namespace ks::bench {

Result<std::unique_ptr<Subject>> Subject::open(Venue& venue, const SubjectSetup& setup,
                                               BareClient* bare) {
    std::unique_ptr<Subject> subject(new Subject);
    Result<std::unique_ptr<Site>> site = Site::open({.port = venue.port(),
                                                     .ca_file = venue.ca_file(),
                                                     .resigns = setup.resigns,
                                                     .cpu = setup.cpu,
                                                     .venues_count = setup.venues_count,
                                                     .accounts_count = setup.accounts_count});
    if (!site) return std::move(site).error();
    subject->site_ = std::move(*site);
    if (!setup.keeps_warm) subject->site_->house().compiled.plan->warm_every = {};
    subject->site_->start_cold_threads();
    Result<std::unique_ptr<Core>> core = Core::start(
        subject->site_->house(), {setup.with_uring, setup.cpu, bare, setup.second, setup.book});
    if (!core) return std::move(core).error();
    subject->core_ = std::move(*core);
    if (ks_open(&subject->handle_, subject->site_->run_dir().c_str(), "risk") != KS_OPENED)
        return Error{"subject: its pages cannot be opened"};
    subject->range_ =
        std::make_unique<Range>(venue, *subject->core_, subject->handle_, setup.second);
    if (Result<void> armed = subject->range_->arm(); !armed) return std::move(armed).error();
    return subject;
}

Subject::~Subject() {
    range_.reset();
    core_.reset();
    ks_close(&handle_);
}

} // namespace ks::bench
