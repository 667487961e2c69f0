// Package types has the generic types of WIT that wit-bindgen's output is written with.
package types

type Unit struct{}

type Tuple2[A, B any] struct {
	F0 A
	F1 B
}

const (
	OptionNone uint8 = 0
	OptionSome uint8 = 1
)

type Option[T any] struct {
	tag   uint8
	value T
}

func Some[T any](value T) Option[T] { return Option[T]{OptionSome, value} }

func None[T any]() Option[T] { return Option[T]{} }

func (self Option[T]) Tag() uint8   { return self.tag }
func (self Option[T]) IsSome() bool { return self.tag == OptionSome }
func (self Option[T]) Some() T      { return self.value }

// SomeOr is the value, or the fallback where there is none.
func (self Option[T]) SomeOr(fallback T) T {
	if self.IsSome() {
		return self.value
	}
	return fallback
}

const (
	ResultOk  uint8 = 0
	ResultErr uint8 = 1
)

type Result[T, E any] struct {
	tag   uint8
	ok    T
	error E
}

func Ok[T, E any](value T) Result[T, E] { return Result[T, E]{tag: ResultOk, ok: value} }

func Err[T, E any](value E) Result[T, E] { return Result[T, E]{tag: ResultErr, error: value} }

func (self Result[T, E]) Tag() uint8  { return self.tag }
func (self Result[T, E]) IsErr() bool { return self.tag == ResultErr }
func (self Result[T, E]) Ok() T       { return self.ok }
func (self Result[T, E]) Err() E      { return self.error }
