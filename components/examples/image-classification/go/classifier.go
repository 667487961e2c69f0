// Package export_sandpiper_inference_image_classification is an image classifier: pixels to a normalised tensor,
// through the graph, to the best classes. Its name is the one that the generated exports call.
package export_sandpiper_inference_image_classification

import (
	"encoding/binary"
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"

	failures "wit_component/sandpiper_inference_failures"
	. "wit_component/sandpiper_inference_image_classification"
	"wit_component/wasi_config_store"
	"wit_component/wasi_logging_logging"
	"wit_component/wasi_nn_errors"
	"wit_component/wasi_nn_graph"
	"wit_component/wasi_nn_tensor"

	. "go.bytecodealliance.org/pkg/wit/types"
)

const channels = 3

// The configuration of model.json. The first failure ends the reading of the others.
type config struct {
	width, height, topK uint32
	mean, std           [channels]float64
	input, output       string
	failure             *Failure
}

func readConfig() *config {
	c := &config{}
	c.width = uint32(c.number("width", 224))
	c.height = uint32(c.number("height", 224))
	c.topK = uint32(c.number("top-k", 5))
	c.mean = c.perChannel("mean", "0")
	c.std = c.perChannel("std", "1")
	c.input = text("input", "input")
	c.output = text("output", "")
	return c
}

func text(key, fallback string) string {
	found := wasi_config_store.Get(key)
	if found.IsErr() {
		return fallback
	}
	return found.Ok().SomeOr(fallback)
}

func (c *config) parse(key, value string) float64 {
	number, err := strconv.ParseFloat(value, 64)
	if err != nil && c.failure == nil {
		c.failure = internal("config key %q is %q, but must be a number", key, value)
	}
	return number
}

func (c *config) number(key string, fallback int) float64 {
	return c.parse(key, text(key, strconv.Itoa(fallback)))
}

// One number for all channels, or one for each with commas between.
func (c *config) perChannel(key, fallback string) (numbers [channels]float64) {
	parts := strings.Split(text(key, fallback), ",")
	for channel := range numbers {
		numbers[channel] = c.parse(key, parts[min(channel, len(parts)-1)])
	}
	return numbers
}

func internal(format string, values ...any) *Failure {
	failure := failures.MakeFailureInternal(fmt.Sprintf(format, values...))
	return &failure
}

func inference(err *wasi_nn_errors.Error) *Failure {
	failure := failures.MakeFailureInference(failures.InferenceFailure{Code: err.Code(), Message: err.Data()})
	return &failure
}

// Row by row RGB bytes to planes of (pixel - mean) / std, as little-endian FP32.
func normalise(pixels []uint8, c *config) *wasi_nn_tensor.Tensor {
	planes := make([]byte, 0, len(pixels)*4)
	for channel := range channels {
		var values [256]uint32
		for value := range values {
			values[value] = math.Float32bits(float32((float64(value) - c.mean[channel]) / c.std[channel]))
		}
		for pixel := channel; pixel < len(pixels); pixel += channels {
			planes = binary.LittleEndian.AppendUint32(planes, values[pixels[pixel]])
		}
	}
	dimensions := []uint32{1, channels, c.height, c.width}
	return wasi_nn_tensor.MakeTensor(dimensions, wasi_nn_tensor.TensorType_Fp32, planes)
}

// The graph's output as numbers.
func run(tensor *wasi_nn_tensor.Tensor, c *config) ([]float32, *Failure) {
	graph := wasi_nn_graph.LoadByName("model")
	if graph.IsErr() {
		return nil, inference(graph.Err())
	}
	context := graph.Ok().InitExecutionContext()
	if context.IsErr() {
		return nil, inference(context.Err())
	}
	inputs := []Tuple2[string, *wasi_nn_tensor.Tensor]{{F0: c.input, F1: tensor}}
	outputs := context.Ok().Compute(inputs)
	if outputs.IsErr() {
		return nil, inference(outputs.Err())
	}
	for _, output := range outputs.Ok() {
		if c.output != "" && c.output != output.F0 {
			continue
		}
		data := output.F1.Data()
		values := make([]float32, len(data)/4)
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[i*4:]))
		}
		return values, nil
	}
	return nil, internal("the graph has no output %q", c.output)
}

func toScores(values []float32, scoreFunction ScoreFunction) {
	switch scoreFunction {
	case ScoreFunction_Sigmoid:
		for i, value := range values {
			values[i] = float32(1 / (1 + math.Exp(-float64(value))))
		}
	case ScoreFunction_Softmax:
		largest := float32(math.Inf(-1))
		for _, value := range values {
			largest = max(largest, value)
		}
		sum := 0.0
		for i, value := range values {
			values[i] = float32(math.Exp(float64(value - largest)))
			sum += float64(values[i])
		}
		for i := range values {
			values[i] = float32(float64(values[i]) / sum)
		}
	}
}

func Describe() Result[ImageInput, Failure] {
	c := readConfig()
	if c.failure != nil {
		return Err[ImageInput](*c.failure)
	}
	return Ok[ImageInput, Failure](ImageInput{
		Width: c.width, Height: c.height, Fit: Fit_Crop, CropFraction: 0.875,
		Filter: Filter_Bilinear, Format: PixelFormat_Rgb8,
	})
}

func Classify(picture Picture, options ClassifyOptions) Result[[]Prediction, Failure] {
	c := readConfig()
	if c.failure == nil && (picture.Width != c.width || picture.Height != c.height) {
		c.failure = internal("the picture is %d x %d", picture.Width, picture.Height)
	}
	if c.failure != nil {
		return Err[[]Prediction](*c.failure)
	}
	scores, failure := run(normalise(picture.Pixels, c), c)
	if failure != nil {
		return Err[[]Prediction](*failure)
	}
	toScores(scores, options.ScoreFunction.SomeOr(ScoreFunction_Softmax))
	predictions := make([]Prediction, len(scores))
	for index, score := range scores {
		predictions[index] = Prediction{Index: uint32(index), Score: score}
	}
	// Equal scores by lower index.
	sort.SliceStable(predictions, func(a, b int) bool { return predictions[a].Score > predictions[b].Score })
	predictions = predictions[:min(int(options.TopK.SomeOr(c.topK)), len(predictions))]
	if len(predictions) > 0 {
		best := fmt.Sprintf("best class %d", predictions[0].Index)
		wasi_logging_logging.Log(wasi_logging_logging.Level_Debug, "classify", best)
	}
	return Ok[[]Prediction, Failure](predictions)
}
