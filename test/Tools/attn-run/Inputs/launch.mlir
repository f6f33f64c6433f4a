func.func @attention(%q: tensor<?x?x?x64xbf16>, %k: tensor<?x?x?x64xbf16>,
                     %v: tensor<?x?x?x64xbf16>) -> tensor<?x?x?x64xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x?x64xbf16>
  %h = tensor.dim %q, %c1 : tensor<?x?x?x64xbf16>
  %t = tensor.dim %q, %c2 : tensor<?x?x?x64xbf16>
  %e = tensor.empty(%b, %h, %t) : tensor<?x?x?x64xbf16>
  %o = attn.dense ins(%q, %k, %v : tensor<?x?x?x64xbf16>, tensor<?x?x?x64xbf16>,
      tensor<?x?x?x64xbf16>) outs(%e : tensor<?x?x?x64xbf16>)
  return %o : tensor<?x?x?x64xbf16>
}
