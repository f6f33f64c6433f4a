/* Launches a kernel of attn from what --emit=header says and nothing else,
   through the CUDA driver, which is opened here: no header or library of CUDA
   is needed.

     cc -DHEADER='"kernel.h"' -DKERNEL=attention_kernel launch.c -ldl -lm -o
   launch
     ./launch kernel.ptx BATCH HEADS SEQUENCE WIDTH

   The kernel computes attention over arguments q, k, v to o [B, H, T, D] of
   bf16, all keys admitted; some rows are compared with the formula. Exit code
   77: no GPU. */

#include HEADER
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*function)();
static void *driver;

static function find(const char *name) {
  function found = (function)dlsym(driver, name);
  if (!found) {
    fprintf(stderr, "the driver has no %s\n", name);
    exit(1);
  }
  return found;
}

static void check(int result, const char *what) {
  if (result == 0)
    return;
  fprintf(stderr, "%s: error %d of the driver\n", what, result);
  exit(1);
}

static float decode(uint16_t bits) {
  uint32_t word = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &word, 4);
  return value;
}

static uint16_t encode(float value) {
  uint32_t word;
  memcpy(&word, &value, 4);
  return (uint16_t)((word + 0x7fff + ((word >> 16) & 1)) >> 16);
}

/* A tensor [B, H, T, D] on the device. */
struct tensor {
  unsigned long long address;
  long sizes[4], strides[4];
};

/* The value of a postfix expression. */
static long evaluate(const char *text, const long *symbols) {
  long stack[32];
  int depth = 0;
  char token[32];
  int used;
  for (; sscanf(text, "%31s%n", token, &used) == 1; text += used) {
    char *end;
    long number = strtol(token, &end, 10);
    if (*end == 0) {
      stack[depth++] = number;
    } else if (token[0] == 's') {
      stack[depth++] = symbols[atoi(token + 1)];
    } else {
      long b = stack[--depth], a = stack[--depth];
      stack[depth++] = !strcmp(token, "+")          ? a + b
                       : !strcmp(token, "*")        ? a * b
                       : !strcmp(token, "mod")      ? a % b
                       : !strcmp(token, "floordiv") ? a / b
                                                    : (a + b - 1) / b;
    }
  }
  return stack[0];
}

static void encode_map(const struct attn_gpu_parameter *parameter,
                       const struct tensor *tensor, void *map) {
  uint64_t sizes[4], strides[3];
  uint32_t box[4], ones[4] = {1, 1, 1, 1};
  int bfloat16 = 9, float16 = 6, i;
  for (i = 0; i < 4; ++i) {
    int dim = parameter->dims[i];
    sizes[i] = dim < 0 ? 1 : (uint64_t)tensor->sizes[dim];
    box[i] = (uint32_t)parameter->box[i];
    if (i > 0)
      strides[i - 1] = dim < 0 ? 16 : (uint64_t)tensor->strides[dim] * 2;
  }
  check(find("cuTensorMapEncodeTiled")(
            map, strcmp(parameter->dtype, "bf16") ? float16 : bfloat16, 4,
            (void *)(uintptr_t)tensor->address, sizes, strides, box, ones,
            /*interleave=*/0, /*swizzle 128B=*/3, /*L2 promotion=*/3,
            /*zeros=*/0),
        "cuTensorMapEncodeTiled");
}

static void launch(void *entry, const struct attn_gpu_kernel *kernel,
                   const struct tensor *tensors) {
  struct {
    uint64_t words[16];
  } *values = aligned_alloc(64, sizeof(*values) * kernel->num_parameters);
  void *parameters[64];
  long symbols[16];
  unsigned i, num_symbols = 0;
  for (i = 0; i < kernel->num_parameters; ++i) {
    const struct attn_gpu_parameter *parameter = &kernel->parameters[i];
    const struct tensor *tensor = &tensors[parameter->argument];
    parameters[i] = &values[i];
    switch (parameter->kind) {
    case ATTN_GPU_MAP:
      encode_map(parameter, tensor, &values[i]);
      break;
    case ATTN_GPU_DATA:
      values[i].words[0] = tensor->address;
      break;
    case ATTN_GPU_SIZE:
      values[i].words[0] = (uint64_t)tensor->sizes[parameter->dim];
      symbols[num_symbols++] = tensor->sizes[parameter->dim];
      break;
    case ATTN_GPU_STRIDE:
      values[i].words[0] = (uint64_t)tensor->strides[parameter->dim];
      break;
    case ATTN_GPU_SCALAR:
      fprintf(stderr, "this program passes no scalars\n");
      exit(1);
    }
  }
  check(find("cuFuncSetAttribute")(entry, 8, (int)kernel->shared_bytes),
        "cuFuncSetAttribute");
  check(find("cuLaunchKernel")(
            entry, (unsigned)evaluate(kernel->grid[0], symbols),
            (unsigned)evaluate(kernel->grid[1], symbols),
            (unsigned)evaluate(kernel->grid[2], symbols), kernel->block[0],
            kernel->block[1], kernel->block[2], kernel->shared_bytes, (void *)0,
            parameters, (void **)0),
        "cuLaunchKernel");
  check(find("cuCtxSynchronize")(), "cuCtxSynchronize");
  free(values);
}

/* The largest error of `o` in every 31st row. */
static double compare(uint16_t *const *host, long b, long h, long t, long d) {
  double largest = 0, *scores = malloc(sizeof(double) * (size_t)t);
  long row, j, c;
  for (row = 0; row < b * h * t; row += 31) {
    const uint16_t *q = host[0] + row * d;
    const uint16_t *k = host[1] + row / t * t * d,
                   *v = host[2] + row / t * t * d;
    double sum = 0, maximum = -1e300;
    for (j = 0; j < t; ++j) {
      scores[j] = 0;
      for (c = 0; c < d; ++c)
        scores[j] += (double)decode(q[c]) * decode(k[j * d + c]);
      scores[j] /= sqrt((double)d);
      maximum = fmax(maximum, scores[j]);
    }
    for (j = 0; j < t; ++j)
      sum += scores[j] = exp(scores[j] - maximum);
    for (c = 0; c < d; ++c) {
      double expected = 0, error;
      for (j = 0; j < t; ++j)
        expected += scores[j] * decode(v[j * d + c]);
      error = fabs(expected / sum - decode(host[3][row * d + c]));
      if (!(error <= largest))
        largest = error;
    }
  }
  free(scores);
  return largest;
}

int main(int argc, char **argv) {
  const struct attn_gpu_kernel *kernel = &KERNEL;
  struct tensor tensors[4];
  uint16_t *host[4];
  void *context, *module, *entry;
  int device, i;
  long b, h, t, d, size, n;
  char *image;
  FILE *file;
  double error;
  if (argc != 6) {
    fprintf(stderr, "usage: launch KERNEL.ptx BATCH HEADS SEQUENCE WIDTH\n");
    return 2;
  }
  driver = dlopen("libcuda.so.1", RTLD_NOW);
  if (!driver || find("cuInit")(0)) {
    fprintf(stderr, "there is no NVIDIA GPU here\n");
    return 77;
  }
  b = atol(argv[2]), h = atol(argv[3]), t = atol(argv[4]), d = atol(argv[5]);
  n = b * h * t * d;
  check(find("cuDeviceGet")(&device, 0), "cuDeviceGet");
  check(find("cuDevicePrimaryCtxRetain")(&context, device), "a context");
  check(find("cuCtxSetCurrent")(context), "a context");
  file = fopen(argv[1], "rb");
  if (!file)
    return 2;
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  rewind(file);
  image = calloc((size_t)size + 1, 1);
  if (fread(image, 1, (size_t)size, file) != (size_t)size)
    return 2;
  fclose(file);
  check(find("cuModuleLoadData")(&module, image), "cuModuleLoadData");
  check(find("cuModuleGetFunction")(&entry, module, kernel->name),
        "cuModuleGetFunction");
  for (i = 0; i < 4; ++i) {
    struct tensor tensor = {0, {b, h, t, d}, {h * t * d, t * d, d, 1}};
    long j;
    tensors[i] = tensor;
    host[i] = malloc((size_t)n * 2);
    for (j = 0; j < n; ++j)
      host[i][j] = i == 3 ? 0x7fff : encode((float)rand() / RAND_MAX * 4 - 2);
    check(find("cuMemAlloc_v2")(&tensors[i].address, (size_t)n * 2), "memory");
    check(find("cuMemcpyHtoD_v2")(tensors[i].address, host[i], (size_t)n * 2),
          "a copy");
  }
  launch(entry, kernel, tensors);
  check(find("cuMemcpyDtoH_v2")(host[3], tensors[3].address, (size_t)n * 2),
        "a copy");
  error = compare(host, b, h, t, d);
  printf("largest error %g\n", error);
  return !(error < 2e-2);
}
