// Pixels to a tensor, for another component to run.
#include <stdlib.h>

#include "bindings/preprocessor.h"

enum { CHANNELS = 3 };

exports_sandpiper_composed_preprocessing_own_tensor_t exports_sandpiper_composed_preprocessing_normalise(
    preprocessor_list_u8_t *pixels, uint32_t width, uint32_t height) {
  size_t count = (size_t)width * height;
  float *planes = malloc(count * CHANNELS * sizeof(float));
  for (int channel = 0; channel < CHANNELS; channel++)
    for (size_t pixel = 0; pixel < count; pixel++)
      planes[channel * count + pixel] = (pixels->ptr[pixel * CHANNELS + channel] - 127.0f) / 128.0f;
  uint32_t sizes[] = {1, CHANNELS, height, width};
  wasi_nn_tensor_tensor_dimensions_t dimensions = {sizes, 4};
  wasi_nn_tensor_tensor_data_t data = {(uint8_t *)planes, count * CHANNELS * sizeof(float)};
  exports_sandpiper_composed_preprocessing_own_tensor_t tensor =
      wasi_nn_tensor_constructor_tensor(&dimensions, WASI_NN_TENSOR_TENSOR_TYPE_FP32, &data);
  free(planes);
  preprocessor_list_u8_free(pixels);
  return tensor;
}
