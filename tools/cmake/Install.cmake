# cmake --install: tools, headers with what TableGen made of them, libAttn.so,
# and find_package(Attn).
#
# Covered by test/Examples/out-of-tree.test.

include(CMakePackageConfigHelpers)
# Not lib/x86_64-linux-gnu: paths between the files below are relative.
set(CMAKE_INSTALL_LIBDIR lib CACHE PATH "folder of libraries")
include(GNUInstallDirs)
string(REGEX MATCH "^[0-9]+\\.[0-9]+" MLIR_VERSION_MAJOR_MINOR "${LLVM_PACKAGE_VERSION}")
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Attn")

# The build tree has the same layout, and its tests use the same file.
configure_file(tools/cmake/attn.lit.cfg.py.in share/attn/attn.lit.cfg.py @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/share/attn/attn.lit.cfg.py"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/attn")

install(DIRECTORY include/attn include/attn-c DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY "${PROJECT_BINARY_DIR}/include/attn"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.inc" PATTERN "CMakeFiles" EXCLUDE)

install(EXPORT AttnTargets NAMESPACE attn:: DESTINATION "${package_dir}")
configure_package_config_file(tools/cmake/AttnConfig.cmake.in
  "${PROJECT_BINARY_DIR}/CMakeFiles/AttnConfig.cmake"
  INSTALL_DESTINATION "${package_dir}"
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/CMakeFiles/AttnConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/CMakeFiles/AttnConfig.cmake"
  "${PROJECT_BINARY_DIR}/CMakeFiles/AttnConfigVersion.cmake"
  DESTINATION "${package_dir}")
