// Pixels to the tensor that the classifier wants: see composed.wit.
#include <stdlib.h>

#include "bindings/preprocessor.h"

enum { CHANNELS = 3 };

exports_sandpiper_composed_preprocessing_own_tensor_t exports_sandpiper_composed_preprocessing_prepare(
    uint32_t width, uint32_t height, preprocessor_list_u8_t *pixels) {
  size_t count = (size_t)width * height;
  if (pixels->len != count * CHANNELS) abort();
  float *planes = malloc(pixels->len * sizeof(float));
  for (int channel = 0; channel < CHANNELS; channel++)
    for (size_t pixel = 0; pixel < count; pixel++)
      planes[channel * count + pixel] = (pixels->ptr[pixel * CHANNELS + channel] - 127.0f) / 128.0f;
  preprocessor_list_u8_free(pixels);
  uint32_t sizes[] = {1, CHANNELS, height, width};
  wasi_nn_tensor_tensor_dimensions_t dimensions = {sizes, 4};
  wasi_nn_tensor_tensor_data_t data = {(uint8_t *)planes, count * CHANNELS * sizeof(float)};
  wasi_nn_tensor_own_tensor_t tensor =
      wasi_nn_tensor_constructor_tensor(&dimensions, WASI_NN_TENSOR_TENSOR_TYPE_FP32, &data);
  free(planes);
  return tensor;
}
