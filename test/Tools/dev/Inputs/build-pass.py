"""Compiles one pass of a source tree as a plugin, without building the rest.

  build-pass.py TREE FOLDER NAME LIBRARY BUILD CXX OUTPUT

NAME is the stem of the pass, as in FooBar; LIBRARY is what TableGen calls its
passes, and BUILD the build tree of the attn that the plugin is for.
"""

import subprocess
import sys
from pathlib import Path

tree, folder, name, library, build, cxx, output = sys.argv[1:]
out = Path(output).parent / "generated"
includes = subprocess.run(
    ["llvm-config", "--includedir"], check=True, capture_output=True, text=True
).stdout.strip()
generated = out / "attn" / folder / "Passes.h.inc"
generated.parent.mkdir(parents=True)
tablegen = ["mlir-tblgen", "-gen-pass-decls", "-name", library, "-I", includes]
declarations = f"{tree}/include/attn/{folder}/Passes.td"
subprocess.run([*tablegen, declarations, "-o", str(generated)], check=True)

plugin = out / "Plugin.cpp"
plugin.write_text(
    f"""#include "attn/{folder}/Passes.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
extern "C" LLVM_ATTRIBUTE_WEAK mlir::PassPluginLibraryInfo
mlirGetPassPluginInfo() {{
  return {{MLIR_PLUGIN_API_VERSION, "new", "1", mlir::attn::register{name}Pass}};
}}
"""
)
flags = ["-std=c++17", "-O0", "-DNDEBUG", "-fno-rtti", "-fPIC", "-shared", "-Wall", "-Werror"]
folders = [f"-I{out}", f"-I{tree}/include", f"-I{build}/include", "-isystem", includes]
sources = [str(plugin), f"{tree}/lib/{folder}/{name}.cpp"]
libraries = [f"-L{build}/lib", "-lAttn", "-o", output]
subprocess.run([cxx, *flags, *folders, *sources, *libraries], check=True)
