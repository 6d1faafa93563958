"""What tells two values of one name apart, and what does not."""

import pytest

from tests.objectives.conftest import reports

SEVERAL = [
    "fold  acc⏎1  0.849⏎2  0.949⏎mean  0.899⏎std  0.151",
    "split  acc⏎test  0.8⏎train  0.99",
    "model,acc⏎svm,0.9⏎rf,0.8",
    "| split | acc |⏎|---|---|⏎| test | 0.8 |⏎| train | 0.99 |",
    "fold,acc⏎1,0.8⏎mean,0.9",
    "== Test ==⏎acc: 0.85⏎== Train ==⏎acc: 0.92",
    '[{"fold":1,"acc":0.84},{"fold":2,"acc":0.16}]',
    '{"acc": 0.9}{"acc": 0.31}',
    "[{'acc': 0.9},⏎ {'acc': 0.1}]",
    "Fold 1:⏎  acc: 0.9⏎Fold 2:⏎  acc: 0.1",
    "top-1 acc: 0.85 top-5 acc: 1.0",
    "Top 1 acc = 0.85, Top 5 acc = 1.0",
    "class 0 acc: 0.9⏎class 1 acc: 0.1",
    "[20]\tvalid_0's acc: 0.85\tvalid_1's acc: 0.92",
    "acc: 0.85 (test)⏎acc: 0.92 (train)",
    "acc: 0.5 on train, acc: 0.9 on test",
    "acc: 0.5 on the train set⏎acc: 0.9 on the test set",
    "acc: 0.9 (train), 0.8 (test)",
    "acc: 0.5 (macro), 0.9 (micro)",
    "acc: 0.5 (macro)⏎acc: 0.9 (micro)",
    "acc: 0.5 [fold 1]⏎acc: 0.9 [fold 2]",
    "acc: 0.5 - train⏎acc: 0.9 - test",
    "[20]\ttraining's acc: 0.99\tvalid_0's acc: 0.88",
    "[Test]⏎acc: 0.85⏎[Train]⏎acc: 0.92",
    "--- Fold 1 ---⏎acc: 0.85⏎--- Fold 2 ---⏎acc: 0.9",
    "Evaluating on test⏎acc: 0.85⏎Evaluating on train⏎acc: 0.9",
    "{'split':'train','acc':0.9}⏎{'split':'test','acc':0.8}",
    '{"fold":1,"acc":0.9}⏎{"fold":2,"acc":0.8}',
    "fold=1 acc=0.9⏎fold=2 acc=0.8",
    "Fold 1/5: epoch 3, acc: 0.9⏎Fold 2/5: epoch 3, acc: 0.8",
    "model=svm acc=0.9⏎model=rf acc=0.8",
    "[rank 0]: acc: 0.9⏎[rank 1]: acc: 0.8",
    "client 3 - acc: 0.9⏎server - acc: 0.8",
    "mean of acc: 0.8⏎std of acc: 0.1",
    "epoch 9 acc: 0.8⏎== Test ==⏎acc: 0.9",
    "epoch 9 acc: 0.8⏎acc: 0.9 (test)",
    "acc: 0.9±0.1 (train)⏎acc: 0.8±0.1 (test)",
    "== Train ==⏎epoch  acc⏎1  0.8⏎== Test ==⏎epoch  acc⏎1  0.9",
    "dataset: mnist⏎acc: 0.8⏎dataset: cifar⏎acc: 0.9",
    "- name: a⏎  acc: 0.8⏎- name: b⏎  acc: 0.9",
    "SVM:⏎- acc: 0.8⏎RF:⏎- acc: 0.9",
    "epoch  split  acc⏎1  train  0.9⏎2  val  0.8",
    "epoch  name  acc⏎1  a  0.9⏎1  b  0.8",
    "epoch  acc⏎1  0.9⏎2  0.8⏎mean  0.85",
    '[⏎  {⏎    "acc": 0.9⏎  },⏎  {⏎    "acc": 0.1⏎  }⏎]',
]


@pytest.mark.parametrize("printed", SEVERAL)
def test_one_of_several_values_of_one_name_is_not_the_metric(printed: str) -> None:
    reader, _ = reports(printed, "acc")
    assert reader.unread is not None
    assert "command.pattern" in reader.unread


@pytest.mark.parametrize(
    "printed",
    [
        '{⏎  "acc": 0.85,⏎  "train": {⏎    "acc": 0.99⏎  }⏎}',
        '{⏎  "train": {⏎    "acc": 0.99⏎  },⏎  "acc": 0.85⏎}',
        "acc: 0.85⏎train:⏎  acc: 0.99",
        "acc: 0.85⏎other:⏎  acc: 0.99",
        "acc: 0.85⏎other: &name⏎  acc: 0.99",
        "acc: 0.85⏎other:⏎- acc: 0.99⏎- acc: 0.9",
        "acc: 0.85⏎other:  # of old⏎  acc: 0.99",
        "acc: 0.85⏎std of acc: 0.1",
        '{⏎  "acc": 0.85,⏎  "Results": {⏎    "acc": 0.99⏎  }⏎}',
        "acc: 0.85⏎results:⏎  acc: 0.99",
    ],
)
def test_what_stands_within_something_of_another_name_is_another_thing(printed: str) -> None:
    reader, found = reports(printed, "acc")
    assert (reader.unread, found[-1][0]) == (None, 0.85)


def test_what_pprint_breaks_within_a_mapping_is_not_read_as_the_metric() -> None:
    printed = "{'acc': 0.85,⏎ 'train': {'loss': 1,⏎           'acc': 0.99}}"
    assert reports(printed, "acc")[1] == [(0.85, None)]


@pytest.mark.parametrize(
    "printed",
    [
        "Epoch 1:⏎  acc: 0.5⏎Epoch 2:⏎  acc: 0.6",
        "epoch,acc⏎1,0.5⏎2,0.6",
        "Training⏎acc: 0.5⏎acc: 0.6",
        "1/9 - 2s - loss: nan - acc: 0.5⏎1/9 - 900ms - loss: 0.1 - acc: 0.6",
        "[{'acc': 0.5}]⏎[{'acc': 0.6}]",
        '[{"epoch": 1, "acc": 0.5},⏎{"epoch": 2, "acc": 0.6}]',
        "seed: 3, acc: 0.5⏎seed: 3, acc: 0.6",
        '{"epoch": 1, "split": "val", "time": "12:30", "acc": 0.5}⏎{"epoch": 2, "split": "val", "acc": 0.6}',
        "Results:⏎  acc: 0.6",
        "dataset: mnist⏎epoch 1 acc: 0.5⏎model: saved⏎epoch 2 acc: 0.6",
        "Epoch 1:⏎- acc: 0.5⏎Epoch 2:⏎- acc: 0.6",
        "== Train ==⏎acc: 0.5⏎== Epoch 2 ==⏎acc: 0.6",
        "Epoch 1/9:⏎  acc: 0.5⏎Epoch 2/9:⏎  acc: 0.6",
        "Training epoch 1:⏎  acc: 0.5⏎Training epoch 2:⏎  acc: 0.6",
        "Episode 10:⏎  acc: 0.5⏎Episode 20:⏎  acc: 0.6",
        "epoch 9 acc: 0.5⏎Final results:⏎  acc: 0.6",
        "epoch  acc  note⏎1  0.5  saved⏎2  0.6  -",
        "iter,acc,best⏎1,0.5,True⏎2,0.6,False",
    ],
)
def test_headings_that_go_on_telling_of_one_thing_are_read(printed: str) -> None:
    reader, found = reports(printed, "acc")
    assert (reader.unread, found[-1][0]) == (None, 0.6)
