"""The ttbar templates by hepline: python hepline_ttbar.py ENGINE THREADS FILE …."""

import sys
from pathlib import Path

import uproot
from serve import serve

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "analyses"))
from ttbar import ttbar

if __name__ == "__main__":
    engine, threads, *paths = sys.argv[1:]
    files = [{"path": path, "nevts": uproot.open(path)["Events"].num_entries} for path in paths]
    generated = sum(file["nevts"] for file in files)
    scale = ttbar.samples["ttbar"].cross_section * ttbar.luminosity / generated

    def answer(_):
        """Contents with flow by region and variation, not scaled to the luminosity."""
        samples = {"ttbar": {"nominal": {"files": files}}}
        templates = ttbar.run(samples, engine=engine, workers=int(threads)).templates
        return {
            key.replace("_ttbar", ""): (histogram.values(flow=True) / scale).tolist()
            for key, histogram in templates.items()
        }

    serve(answer)
