(component
  (import "url=<https://a'b.example/x>" (func)))
