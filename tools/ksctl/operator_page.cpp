#include "operator_page.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <fstream>

namespace ks {

Result<OperatorPage> OperatorPage::open(const std::string& run_dir, const std::string& command) {
    void* mapped = nullptr;
    const ks_opened opened =
        ks_map(run_dir.c_str(), "operator", "", O_RDWR, sizeof(ks_operator_page), &mapped);
    const std::string path = run_dir + "/operator";
    if (opened != KS_OPENED)
        return Error{path + ": " + ks_opened_text(opened) + "; run ksctl " + command +
                     " as the engine's operator"};
    OperatorPage operators(static_cast<ks_operator_page*>(mapped));
    operators.lock_ = Fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!operators.lock_.is_open() || flock(operators.lock_.get(), LOCK_EX | LOCK_NB) != 0)
        return Error{path + ": somebody else is re-arming at this moment; wait, look again"};
    return operators;
}

u32 login_uid() {
    u32 uid = KS_NONE;
    std::ifstream("/proc/self/loginuid") >> uid;
    return uid;
}

} // namespace ks
