/*
 * Preloaded into the server by the power-cut test. For every file below POWER_ROOT it keeps, in POWER_NOTES, what is
 * needed to bring the file back to its last fsync or fdatasync: `<number>.undo` holds the bytes that each later write
 * replaced, `<number>.length` the length at the sync in 8 bytes, `<number>.path` the name. `syncs` counts the syncs, as 8 bytes.
 *
 * Files are told apart by their names, because a removed file's inode is soon another's. The note is written before the
 * write it undoes, so it is complete at whatever moment the process is killed. A sync
 * first happens and is then noted: a kill in between takes back what no caller has yet been told was safe.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATH_BYTES 1024
#define FILES 1024 /* A short test has far fewer. */

struct file { char path[PATH_BYTES]; ino_t inode; int undo, length; };

static struct file files[FILES];
static int file_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint64_t *syncs;
static const char *root, *notes;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void) {
  real_pwrite = dlsym(RTLD_NEXT, "pwrite");
  real_write = dlsym(RTLD_NEXT, "write");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_pwritev = dlsym(RTLD_NEXT, "pwritev");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  root = getenv("POWER_ROOT");
  notes = getenv("POWER_NOTES");
  if (!root || !notes) abort();
  char path[4096];
  snprintf(path, sizeof path, "%s/syncs", notes);
  int fd = open(path, O_RDWR | O_CREAT, 0600);
  if (fd < 0 || real_ftruncate(fd, 8) < 0) abort();
  syncs = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (syncs == MAP_FAILED) abort();
  close(fd);
}

static int notebook(const char *name, int number, int flags) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%d-%d.%s", notes, getpid(), number, name);
  int fd = open(path, O_WRONLY | O_CREAT | flags, 0600);
  if (fd < 0) abort();
  return fd;
}

/* In place and in one call, so that a kill leaves the old length or the new. */
static void note_length(struct file *file, int64_t length) {
  if (real_pwrite(file->length, &length, 8, 0) != 8) abort();
}

static struct file *add(const char *path, const struct stat *stat) {
  if (file_count == FILES) abort();
  int number = file_count++;
  struct file *file = &files[number];
  strcpy(file->path, path);
  file->inode = stat->st_ino;
  file->length = notebook("length", number, 0);
  note_length(file, stat->st_size);
  file->undo = notebook("undo", number, O_APPEND);
  int name = notebook("path", number, 0);
  if (real_write(name, path, strlen(path)) != (ssize_t)strlen(path)) abort();
  close(name);
  return file;
}

/* The file behind a descriptor, or NULL when it is none of ours. Called with the lock held. */
static struct file *find(int fd, struct stat *stat) {
  if (fstat(fd, stat) < 0 || !S_ISREG(stat->st_mode) || stat->st_nlink == 0) return NULL;
  char link[64], path[PATH_BYTES];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0 || strncmp(path, root, strlen(root))) return NULL;
  path[length] = 0;
  for (int i = 0; i < file_count; i++) {
    if (strcmp(files[i].path, path)) continue;
    if (files[i].inode != stat->st_ino) { /* Another file has taken its name. */
      files[i].inode = stat->st_ino;
      note_length(&files[i], stat->st_size);
      if (real_ftruncate(files[i].undo, 0) < 0) abort();
    }
    return &files[i];
  }
  return add(path, stat);
}

/* Keeps what is now in a range of the file. `fd` may be open for writing only, so the file is opened by its link. */
static void keep(struct file *file, int fd, const struct stat *stat, off_t at, size_t length) {
  if (at >= stat->st_size || length == 0) return;
  if ((off_t)(at + length) > stat->st_size) length = stat->st_size - at;
  char *record = malloc(16 + length);
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  int reader = open(link, O_RDONLY);
  uint64_t head[2] = { at, length };
  memcpy(record, head, 16);
  if (reader < 0 || pread(reader, record + 16, length, at) != (ssize_t)length) abort();
  if (real_write(file->undo, record, 16 + length) != (ssize_t)(16 + length)) abort();
  close(reader);
  free(record);
}

static size_t total(const struct iovec *parts, int count) {
  size_t sum = 0;
  for (int i = 0; i < count; i++) sum += parts[i].iov_len;
  return sum;
}

/* Where write(2) will put its bytes. */
static off_t here(int fd, const struct stat *stat) {
  return fcntl(fd, F_GETFL) & O_APPEND ? stat->st_size : lseek(fd, 0, SEEK_CUR);
}

#define GUARDED(type, at, length, call) \
  struct stat stat; \
  pthread_mutex_lock(&lock); \
  struct file *file = find(fd, &stat); \
  if (file) keep(file, fd, &stat, at, length); \
  type done = call; \
  pthread_mutex_unlock(&lock); \
  return done

ssize_t pwrite(int fd, const void *from, size_t length, off_t at) { GUARDED(ssize_t, at, length, real_pwrite(fd, from, length, at)); }
ssize_t pwrite64(int fd, const void *from, size_t length, off_t at) { return pwrite(fd, from, length, at); }
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { GUARDED(ssize_t, at, total(parts, count), real_pwritev(fd, parts, count, at)); }
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) { return pwritev(fd, parts, count, at); }
int ftruncate(int fd, off_t length) { GUARDED(int, length, stat.st_size > length ? stat.st_size - length : 0, real_ftruncate(fd, length)); }
int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

/* Sockets, pipes and event descriptors come here too, and may block: they are let through without the lock. */
static int is_file(int fd) {
  struct stat stat;
  return fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode);
}

ssize_t write(int fd, const void *from, size_t length) {
  if (!is_file(fd)) return real_write(fd, from, length);
  GUARDED(ssize_t, here(fd, &stat), length, real_write(fd, from, length));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (!is_file(fd)) return real_writev(fd, parts, count);
  GUARDED(ssize_t, here(fd, &stat), total(parts, count), real_writev(fd, parts, count));
}

static int synced(int fd, int (*sync)(int)) {
  struct stat stat;
  pthread_mutex_lock(&lock);
  struct file *file = find(fd, &stat);
  int failed = sync(fd);
  if (!failed) atomic_fetch_add(syncs, 1);
  if (file && !failed) {
    /* Length first: with the old undo it only grows the file; the other order could lose what was synced. */
    fstat(fd, &stat);
    note_length(file, stat.st_size);
    if (real_ftruncate(file->undo, 0) < 0) abort();
  }
  pthread_mutex_unlock(&lock);
  return failed;
}

int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }
