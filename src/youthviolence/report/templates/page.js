"use strict";
(() => {
  // Downloads work from the file itself, also when it was mailed without its folder.
  const save = (name, blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  void save;
})();
