// Package export_sandpiper_inference_speech_transcription is a transcriber for Moonshine: the encoder once a piece of
// sound, then the decoder once a token, always the likeliest. Its name is the one that the generated exports call.
package export_sandpiper_inference_speech_transcription

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unsafe"

	"wit_component/sandpiper_inference_assets"
	"wit_component/sandpiper_inference_bound_inputs"
	failures "wit_component/sandpiper_inference_failures"
	"wit_component/sandpiper_inference_progress"
	"wit_component/sandpiper_inference_sound"
	. "wit_component/sandpiper_inference_speech_transcription"
	"wit_component/wasi_config_store"
	"wit_component/wasi_nn_errors"
	"wit_component/wasi_nn_graph"
	"wit_component/wasi_nn_inference"
	"wit_component/wasi_nn_tensor"

	"go.bytecodealliance.org/pkg/wit/runtime"
	. "go.bytecodealliance.org/pkg/wit/types"
)

const (
	sampleRate = 16_000
	// Seconds that the encoder takes; longer sound is cut, wherever that falls.
	longestPiece = 30
	// More than anyone speaks.
	tokensPerSecond = 6.5
	startToken      = 1
	endToken        = 2
	// A step leaves 140 KB behind.
	stepsBetweenCollections = 32
)

// The decoder's cache before the first token: a key and a value a layer, heads, no tokens, numbers of each.
var emptyCache = []uint32{12, 8, 0, 36}

type (
	tensor      = *wasi_nn_tensor.Tensor
	context     = *wasi_nn_inference.GraphExecutionContext
	namedTensor = Tuple2[string, tensor]
)

// A failure ends the request from wherever it is found, by a panic that Transcribe recovers.
func refuse(err *wasi_nn_errors.Error) {
	panic(failures.MakeFailureInference(failures.InferenceFailure{Code: err.Code(), Message: err.Data()}))
}

func openGraph(name string) context {
	graph := wasi_nn_graph.LoadByName(name)
	if graph.IsErr() {
		refuse(graph.Err())
	}
	opened := graph.Ok().InitExecutionContext()
	if opened.IsErr() {
		refuse(opened.Err())
	}
	return opened.Ok()
}

func compute(with context, inputs []namedTensor) []namedTensor {
	outputs := with.Compute(inputs)
	if outputs.IsErr() {
		refuse(outputs.Err())
	}
	return outputs.Ok()
}

func bind(to context, inputs []namedTensor) {
	if bound := sandpiper_inference_bound_inputs.Bind(to, inputs); bound.IsErr() {
		refuse(bound.Err())
	}
}

func tokenInput(token uint32) namedTensor {
	id := binary.LittleEndian.AppendUint64(nil, uint64(token))
	return namedTensor{F0: "input_ids", F1: wasi_nn_tensor.MakeTensor([]uint32{1, 1}, wasi_nn_tensor.TensorType_I64, id)}
}

// The tokens of one piece of sound, and the mean logarithm of their probabilities.
func decode(samples []float32, encoder, decoder context) (tokens []uint32, average float32) {
	data := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(samples))), len(samples)*4)
	sound := wasi_nn_tensor.MakeTensor([]uint32{1, uint32(len(samples))}, wasi_nn_tensor.TensorType_Fp32, data)
	// What the encoder gives is what every step of the decoder takes: it stays with the host.
	bind(decoder, compute(encoder, []namedTensor{{F0: "input_values", F1: sound}}))

	logarithms := 0.0
	past := wasi_nn_tensor.MakeTensor(emptyCache, wasi_nn_tensor.TensorType_Fp32, nil)
	most := int(math.Ceil(float64(len(samples)) / sampleRate * tokensPerSecond))
	for token := uint32(startToken); len(tokens) <= most; {
		outputs := map[string]tensor{}
		for _, output := range compute(decoder, []namedTensor{tokenInput(token), {F0: "past", F1: past}}) {
			outputs[output.F0] = output.F1
		}
		past = outputs["present"]
		delete(outputs, "present")
		logits := outputs["logits"].Data()
		for _, output := range outputs {
			output.Drop()
		}
		var logarithm float64
		token, logarithm = likeliest(logits)
		if token == endToken {
			break
		}
		tokens = append(tokens, token)
		logarithms += logarithm
		if len(tokens)%stepsBetweenCollections == 0 {
			runtime.Collect()
		}
	}
	return tokens, float32(logarithms / float64(max(len(tokens), 1)))
}

// The token of the largest of these numbers, and the logarithm of its probability.
func likeliest(data []byte) (uint32, float64) {
	logits := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(data))), len(data)/4)
	best := 0
	for i, logit := range logits {
		if logit > logits[best] {
			best = i
		}
	}
	sum := 0.0
	for _, logit := range logits {
		sum += math.Exp(float64(logit - logits[best]))
	}
	return uint32(best), -math.Log(sum)
}

// One token a line: `▁` is a space, `<0x41>` a byte, any other in angle brackets a mark without text.
func textOf(tokens []uint32, lines [][]byte) string {
	var text []byte
	for _, token := range tokens {
		line := lines[token]
		marked := bytes.HasPrefix(line, []byte("<")) && bytes.HasSuffix(line, []byte(">"))
		if marked && bytes.HasPrefix(line, []byte("<0x")) {
			value, _ := strconv.ParseUint(string(line[3:len(line)-1]), 16, 8)
			text = append(text, byte(value))
		} else if !marked {
			text = append(text, bytes.ReplaceAll(line, []byte("▁"), []byte(" "))...)
		}
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(text), "\uFFFD"))
}

func language() string {
	found := wasi_config_store.Get("language")
	if found.IsErr() {
		return "en"
	}
	return found.Ok().SomeOr("en")
}

func Describe() Result[AudioInput, Failure] {
	return Ok[AudioInput, Failure](AudioInput{
		SampleRate: sampleRate, LongestPiece: longestPiece, Languages: []string{language()},
	})
}

func Transcribe(options TranscribeOptions) (result Result[Transcript, Failure]) {
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case Failure:
			result = Err[Transcript](failure)
		default:
			panic(failure)
		}
	}()
	known := language()
	if options.Language.SomeOr(known) != known {
		return Err[Transcript](failures.MakeFailureUnsupported(fmt.Sprintf("this model knows the language %q", known)))
	}
	if options.WordTimestamps {
		return Err[Transcript](failures.MakeFailureUnsupported("this model gives no times of single words"))
	}
	if options.Temperature.SomeOr(0) > 0 {
		return Err[Transcript](failures.MakeFailureUnsupported("this model decodes greedily: its temperature is 0"))
	}
	length := sandpiper_inference_sound.Length()
	if length == 0 {
		return Err[Transcript](failures.MakeFailureInvalidInput("the sound is empty"))
	}
	vocabulary := sandpiper_inference_assets.Read("vocabulary.txt")
	if vocabulary.IsErr() {
		return Err[Transcript](failures.MakeFailureInternal("the manifest lists no vocabulary.txt"))
	}

	lines := bytes.Split(vocabulary.Ok(), []byte("\n"))
	encoder, decoder := openGraph("encoder"), openGraph("decoder")
	transcript := Transcript{Language: known}
	for from := uint64(0); from < length; from += longestPiece * sampleRate {
		samples := sandpiper_inference_sound.Read(from, longestPiece*sampleRate)
		tokens, average := decode(samples, encoder, decoder)
		start := float64(from) / sampleRate
		end := start + float64(len(samples))/sampleRate
		text := textOf(tokens, lines)
		more := text
		if from > 0 {
			more = " " + text
		}
		sandpiper_inference_progress.Report(sandpiper_inference_progress.Update{Text: more, Seconds: end})
		transcript.Text += more
		transcript.Segments = append(transcript.Segments, Segment{
			Text: text, Start: start, End: end, Tokens: tokens, AverageLogProbability: average,
		})
	}
	return Ok[Transcript, Failure](transcript)
}
