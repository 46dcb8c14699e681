/* A library to preload: once the file named by KS_HANG_WHEN exists, the disk's flush and the
 * resolver hang for half a minute, as a dying disk and a lost name server do. */
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int hung(void) {
    const struct timespec half_a_minute = {30, 0};
    const char* when = getenv("KS_HANG_WHEN");
    if (!when || access(when, F_OK) != 0) return 0;
    nanosleep(&half_a_minute, NULL);
    return 1;
}

int fdatasync(int fd) {
    hung();
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd) {
    hung();
    return (int)syscall(SYS_fsync, fd);
}

/* There is no name server at all: names hang, numbers are read without one. */
int getaddrinfo(const char* node, const char* service, const struct addrinfo* hints,
                struct addrinfo** found) {
    int (*const real)(const char*, const char*, const struct addrinfo*, struct addrinfo**) =
        (int (*)(const char*, const char*, const struct addrinfo*, struct addrinfo**))dlsym(
            RTLD_NEXT, "getaddrinfo");
    const struct timespec half_a_minute = {30, 0};
    if (hints && (hints->ai_flags & AI_NUMERICHOST) != 0) return real(node, service, hints, found);
    *found = NULL;
    nanosleep(&half_a_minute, NULL);
    return EAI_AGAIN;
}
