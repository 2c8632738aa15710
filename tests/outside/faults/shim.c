/* Makes the N-th call of one kind fail, of those that touch files below a folder. Loaded into the program before the
 * C library (LD_PRELOAD), for tests alone.
 *
 *   FAULT_BELOW    only calls on files below this folder count
 *   FAULT_CALL     open, read, write, rename, flush, remove or thread
 *   FAULT_AT       which of them fails, from 1; 0 for none
 *   FAULT_ERRNO    with which error
 *   FAULT_KILL     instead of failing, the call ends the process
 *   FAULT_COUNT    a file that is told at the end how many calls there were
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 4096
static atomic_char below[MOST_FILES];
static atomic_long calls;
static const char *folder, *call;
static long at;
static int error, kills;

__attribute__((constructor)) static void begin(void)
{
    folder = getenv("FAULT_BELOW");
    call = getenv("FAULT_CALL");
    at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
    kills = getenv("FAULT_KILL") != NULL;
    error = getenv("FAULT_ERRNO") ? atoi(getenv("FAULT_ERRNO")) : EIO;
}

__attribute__((destructor)) static void end(void)
{
    const char *told = getenv("FAULT_COUNT");
    FILE *file = told ? fopen(told, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", atomic_load(&calls));
        fclose(file);
    }
}

static int fails(const char *kind)
{
    if (!call || strcmp(call, kind) != 0)
        return 0;
    if (atomic_fetch_add(&calls, 1) + 1 != at)
        return 0;
    if (kills)
        _exit(137);
    errno = error;
    return 1;
}

static int counts(int fd)
{
    return fd >= 0 && fd < MOST_FILES && atomic_load(&below[fd]);
}

static int is_below(const char *path)
{
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int opened(int fd, const char *path)
{
    if (fd >= 0 && fd < MOST_FILES)
        atomic_store(&below[fd], is_below(path));
    return fd;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int open64(const char *path, int flags, ...)
{
    static __typeof__(&open64) real;
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    if (!real)
        real = REAL(open64);
    if (is_below(path) && fails("open"))
        return -1;
    return opened(real(path, flags, mode), path);
}

int open(const char *path, int flags, ...)
{
    static __typeof__(&open) real;
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    if (!real)
        real = REAL(open);
    if (is_below(path) && fails("open"))
        return -1;
    return opened(real(path, flags, mode), path);
}

DIR *opendir(const char *path)
{
    static __typeof__(&opendir) real;
    if (!real)
        real = REAL(opendir);
    if (is_below(path) && fails("open"))
        return NULL;
    return real(path);
}

/* A file that is held twice: it is marked as the first is. */
int fcntl(int fd, int what, ...)
{
    static __typeof__(&fcntl) real;
    va_list rest;
    va_start(rest, what);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (!real)
        real = REAL(fcntl);
    int is_second = what == F_DUPFD_CLOEXEC || what == F_DUPFD;
    if (is_second && counts(fd) && fails("open"))
        return -1;
    int given = real(fd, what, argument);
    if (is_second && given >= 0 && given < MOST_FILES)
        atomic_store(&below[given], counts(fd));
    return given;
}

ssize_t read(int fd, void *to, size_t bytes)
{
    static __typeof__(&read) real;
    if (!real)
        real = REAL(read);
    return counts(fd) && fails("read") ? -1 : real(fd, to, bytes);
}

ssize_t pread64(int fd, void *to, size_t bytes, off64_t from)
{
    static __typeof__(&pread64) real;
    if (!real)
        real = REAL(pread64);
    return counts(fd) && fails("read") ? -1 : real(fd, to, bytes, from);
}

ssize_t write(int fd, const void *from, size_t bytes)
{
    static __typeof__(&write) real;
    if (!real)
        real = REAL(write);
    return counts(fd) && fails("write") ? -1 : real(fd, from, bytes);
}

ssize_t writev(int fd, const struct iovec *from, int parts)
{
    static __typeof__(&writev) real;
    if (!real)
        real = REAL(writev);
    return counts(fd) && fails("write") ? -1 : real(fd, from, parts);
}

int rename(const char *from, const char *to)
{
    static __typeof__(&rename) real;
    if (!real)
        real = REAL(rename);
    return is_below(to) && fails("rename") ? -1 : real(from, to);
}

int unlink(const char *path)
{
    static __typeof__(&unlink) real;
    if (!real)
        real = REAL(unlink);
    return is_below(path) && fails("remove") ? -1 : real(path);
}

int rmdir(const char *path)
{
    static __typeof__(&rmdir) real;
    if (!real)
        real = REAL(rmdir);
    return is_below(path) && fails("remove") ? -1 : real(path);
}

int fsync(int fd)
{
    static __typeof__(&fsync) real;
    if (!real)
        real = REAL(fsync);
    return counts(fd) && fails("flush") ? -1 : real(fd);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *how, void *(*start)(void *), void *with)
{
    static __typeof__(&pthread_create) real;
    if (!real)
        real = REAL(pthread_create);
    return fails("thread") ? error : real(thread, how, start, with);
}
